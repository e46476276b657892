"""The pictures of the report, one in each file."""
