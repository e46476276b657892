"""Train a Gumbel logic gate network, and put it on an open FPGA, with every step checked."""

__version__ = "0.1.0"
