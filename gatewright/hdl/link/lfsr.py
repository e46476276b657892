"""Counting with a linear feedback shift register: no carry, so a counter is as fast as a shift and costs hardly a LUT.

The register is the element x^n of GF(2^32) after n steps, modulo the primitive polynomial
x^32 + x^22 + x^2 + x + 1 (Alfke, "Efficient Shift Registers, LFSR Counters, and Long Pseudo-Random Sequence
Generators", Xilinx XAPP052, 1996). Bit 31 is the coefficient of x^0, bit 0 that of x^31. A step multiplies by x: the
register shifts down by one bit, and if a 1 left it, `POLYNOMIAL` is XORed. Since the order of x, 2^32 - 1, is the
product of five Fermat primes, the way back from x^n to n is short (Pohlig and Hellman, "An Improved Algorithm for
Computing Logarithms over GF(p) and Its Cryptographic Significance", 1978).
"""

from __future__ import annotations

from math import isqrt

from gatewright.errors import GatewrightError

BITS = 32
POLYNOMIAL = 0xE0000200
"""The polynomial without x^32."""
ONE = 1 << (BITS - 1)
"""The register of the count 0."""
PERIOD: int = 2**BITS - 1
_PRIMES = (3, 5, 17, 257, 65537)


def step(register: int) -> int:
    """The register one count later."""
    return register >> 1 ^ (POLYNOMIAL if register & 1 else 0)


def register_of(count: int) -> int:
    """The register of a count, modulo `PERIOD`."""
    return _power(ONE >> 1, count)


def count_of(register: int) -> int:
    """The count of a register, 0 to `PERIOD` - 1; the reverse of `register_of`.

    Raises:
        GatewrightError: for 0, in which no counter ever is.
    """
    if not 0 < register <= PERIOD:
        raise GatewrightError(f"The board says {register:#010x} for a counter, which none can be: read it again.")
    count = 0
    for prime in _PRIMES:
        cofactor = PERIOD // prime
        root = _power(ONE >> 1, cofactor)
        residue = _logarithm(root, _power(register, cofactor), prime)
        # The number below PERIOD that is `residue` modulo this prime and 0 modulo the others.
        count += residue * cofactor * pow(cofactor, -1, prime)
    return count % PERIOD


def _logarithm(root: int, value: int, order: int) -> int:
    """The exponent, 0 to ``order`` - 1, of the power of ``root`` that is ``value``: small steps and large ones."""
    width = isqrt(order) + 1
    small: dict[int, int] = {}
    power = ONE
    for exponent in range(width):
        small.setdefault(power, exponent)
        power = _times(power, root)
    large = _power(root, order - width % order)
    for stride in range(width):
        if value in small:
            return (stride * width + small[value]) % order
        value = _times(value, large)
    raise AssertionError("every power has a logarithm")


def _times(left: int, right: int) -> int:
    """The product of two elements."""
    product = 0
    while left:
        if left & ONE:
            product ^= right
        left = left << 1 & PERIOD
        right = step(right)
    return product


def _power(base: int, exponent: int) -> int:
    """A power of an element that is not 0."""
    result = ONE
    exponent %= PERIOD
    while exponent:
        if exponent & 1:
            result = _times(result, base)
        base = _times(base, base)
        exponent >>= 1
    return result
