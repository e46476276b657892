"""The CPU kernels: packed bits and four sums, compiled by Numba on first use, on all cores."""
