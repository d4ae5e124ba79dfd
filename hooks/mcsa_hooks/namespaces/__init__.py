"""Namespaces whose annotation says which imports they should have."""
