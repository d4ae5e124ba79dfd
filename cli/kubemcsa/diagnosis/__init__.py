"""What status says of registered clusters and imports."""
