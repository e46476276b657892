"""Pages about runs: the story of one, and several side by side."""
