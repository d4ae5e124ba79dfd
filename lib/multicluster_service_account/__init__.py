"""What all parts agree on: names, kubeconfigs, Secrets and tokens."""
