// Lists the pods of cluster2 with the client that istiod's controller of remote secrets makes.
package main

import (
	"context"
	"time"

	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/multicluster"
	"k8s.io/apimachinery/pkg/util/wait"

	"lister"
)

func main() {
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	local, err := kube.NewClient(kube.NewClientConfigForRestConfig(input.Config), "cluster1")
	if err != nil {
		return nil, err
	}
	local = kube.EnableCrdWatcher(local)
	controller := multicluster.NewController(multicluster.ControllerOptions{
		Client:          local,
		ClusterID:       "cluster1",
		SystemNamespace: input.Namespace,
		MeshConfig:      meshwatcher.NewTestWatcher(nil),
	})
	stop := make(chan struct{})
	defer close(stop)
	local.RunAndWait(stop)
	if err := controller.Run(stop); err != nil {
		return nil, err
	}
	isThere := func(context.Context) (bool, error) {
		return controller.GetRemoteKubeClient(lister.Source) != nil, nil
	}
	if err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, isThere); err != nil {
		return nil, err
	}
	return lister.Pods(ctx, controller.GetRemoteKubeClient(lister.Source), input.Namespace)
}
