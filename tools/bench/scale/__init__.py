"""Many imports and many clusters: `make bench-scale` writes docs/benchmark-scale.md."""
