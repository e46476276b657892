"""What the benchmarks of published claims share: one plain training loop, and what is measured after it."""
