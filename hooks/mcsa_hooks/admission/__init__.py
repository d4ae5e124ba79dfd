"""The admission webhook: mounts the Secrets of the imports that a pod's annotation names."""
