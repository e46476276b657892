"""Training in PyTorch: data, layers, loop, and the way out to a graph."""
