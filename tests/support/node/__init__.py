"""What a node does with pods, played by processes of this machine."""
