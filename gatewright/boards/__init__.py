"""Boards: what is known of them, bitstreams for them, and the host side of the link."""
