"""Pods: from what their annotations ask for to the Secrets that they mount."""
