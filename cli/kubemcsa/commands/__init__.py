"""One file is one command of kubemcsa."""
