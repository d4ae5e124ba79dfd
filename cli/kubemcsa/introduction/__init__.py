"""What bootstrap makes in the two clusters, and what unbootstrap takes away."""
