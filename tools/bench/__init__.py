"""What it costs, side by side with what it would cost at least: `python -m tools.bench`."""
