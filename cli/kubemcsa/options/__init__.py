"""What several commands take on their command lines."""
