"""The meeting place: the circuit as a value, its reference, files and passes."""
