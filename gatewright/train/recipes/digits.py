"""The 8x8 digits of scikit-learn, small enough for an iCE40 UP5K with its link."""

from .recipe import Recipe

DIGITS = Recipe(name="digits", dataset="digits", layers=(1500, 800), steps=6000)
