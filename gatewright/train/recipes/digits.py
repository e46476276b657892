"""The 8x8 digits of scikit-learn, small enough for an iCE40 UP5K with its link.

One layer of tables as large as the chip's, each of which has chosen its four bits among 128.
"""

from .recipe import Recipe

DIGITS = Recipe(name="digits", dataset="digits", layers=(500,), fan_in=4, candidates=(32,), tau=2.0)
