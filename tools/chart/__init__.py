"""The Helm chart, which `make release` makes of what kustomize builds of the manifests."""
