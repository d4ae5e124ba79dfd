"""`python -m tools.bench`: hooks, webhook and command line, each against a floor."""
