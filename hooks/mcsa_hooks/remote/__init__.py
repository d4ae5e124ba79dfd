"""Calls to other clusters, bounded in time and size; nothing here knows what an import is."""
