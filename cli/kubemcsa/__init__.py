"""The command line of multicluster-service-account."""
