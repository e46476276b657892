"""Simulation and proof: the Verilog against the reference."""
