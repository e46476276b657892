"""Amaranth platforms of boards that amaranth-boards does not have, or has without a clock that serves a serial line."""
