"""Clusters that the command line calls, and what it asks of them."""
