"""The part of the benchmark that takes hours: `make bench-scale` writes docs/benchmark-scale.md."""
