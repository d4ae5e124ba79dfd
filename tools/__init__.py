"""What `make` calls that is neither product nor test."""
