"""Equivalence for every input: graphs, Verilog and netlists as and-inverter graphs, compared by abc."""
