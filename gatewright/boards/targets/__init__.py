"""The targets as data: one file for each family, with its boards, and its chips without a board."""
