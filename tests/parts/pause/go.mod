// The process that holds a pod's namespaces, built by tests/support/node/real/programs.py.
module multicluster-service-account/tests/parts/pause

go 1.26.0
