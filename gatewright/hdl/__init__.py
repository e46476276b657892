"""The circuit as Amaranth components and Verilog."""
