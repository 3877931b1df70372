"""Benchmarks: one module per table, results as JSON in benchmarks/results/."""
