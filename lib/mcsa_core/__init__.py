"""The values that hooks, command line and library agree on: names, endpoints, tokens, Secrets."""
