"""The CPU kernels: packed bits and sums in vector registers, compiled by Numba on first use, on all cores.

Numba keeps what it has compiled beside each file, and looks at that file alone: after a change in `lanes` or `maths`,
delete the ``*.nbi`` files of the kernels that use them.
"""
