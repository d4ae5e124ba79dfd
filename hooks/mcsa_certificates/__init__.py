"""What the servers need to be trusted, and to trust: a CA, certificates of it, a bearer token."""
