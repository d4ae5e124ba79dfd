"""Text for terminals, pipes and files."""
