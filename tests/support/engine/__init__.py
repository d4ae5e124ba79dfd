"""What runs imports in a real cluster: Metacontroller, the hooks and our manifests."""
