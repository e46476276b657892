"""Placement for chips whose place and route cannot fill them with gates: it bounds what each tile must be brought."""
