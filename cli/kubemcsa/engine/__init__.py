"""Metacontroller's part in one sync, played once."""
