"""A node with its kubelet and its Services, played by processes of this machine."""
