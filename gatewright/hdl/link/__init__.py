"""The link between a host and the classifier on a board."""
