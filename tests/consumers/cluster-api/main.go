// Lists the pods of the workload cluster of a Cluster called cluster2.
package main

import (
	"context"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/cluster-api/util/kubeconfig"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lister"
)

func main() {
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	local, err := client.New(input.Config, client.Options{})
	if err != nil {
		return nil, err
	}
	cluster := client.ObjectKey{Namespace: input.Namespace, Name: lister.Source}
	data, err := kubeconfig.FromSecret(ctx, local, cluster)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(data)
	if err != nil {
		return nil, err
	}
	remote, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return lister.Pods(ctx, remote, input.Namespace)
}
