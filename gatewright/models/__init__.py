"""Trained networks that come with the package: one folder each, of plain data that is read and never executed."""
