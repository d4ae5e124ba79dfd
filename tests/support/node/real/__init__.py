"""A real node in namespaces of its own: kubelet, containerd, pods, Services, and two clusters."""
