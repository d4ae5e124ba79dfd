"""The values that hooks, command line and library share: names, endpoints, tokens, Secrets."""
