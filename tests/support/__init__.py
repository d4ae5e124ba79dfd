"""What tests and tools build on: real clusters, servers on the loopback, engines, samples."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project's folder."""
