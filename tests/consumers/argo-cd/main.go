// Lists the pods of the cluster that an Application with spec.destination.name cluster2 is deployed to.
package main

import (
	"context"
	"fmt"

	"github.com/argoproj/argo-cd/v3/util/db"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"k8s.io/client-go/kubernetes"

	"lister"
)

func main() {
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	local, err := kubernetes.NewForConfig(input.Config)
	if err != nil {
		return nil, err
	}
	// Its informer's requests to cluster1 are not to be traced.
	manager := settings.NewSettingsManager(context.Background(), local, input.Namespace)
	clusters := db.NewDB(input.Namespace, manager, local)
	servers, err := clusters.GetClusterServersByName(ctx, lister.Source)
	if err != nil {
		return nil, err
	}
	if len(servers) != 1 {
		return nil, fmt.Errorf("%d clusters are called %s", len(servers), lister.Source)
	}
	cluster, err := clusters.GetCluster(ctx, servers[0])
	if err != nil {
		return nil, err
	}
	config, err := cluster.RESTConfig()
	if err != nil {
		return nil, err
	}
	remote, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return lister.Pods(ctx, remote, input.Namespace)
}
