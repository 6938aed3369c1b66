"""What the suites and the benchmarks share."""
