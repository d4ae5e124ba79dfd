// Lists the pods of cluster2 with the client that Crossplane's provider makes for a ClusterProviderConfig.
package main

import (
	"context"

	"github.com/crossplane-contrib/provider-kubernetes/apis/namespaced/v1alpha1"
	builder "github.com/crossplane-contrib/provider-kubernetes/pkg/kube/client"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lister"
)

func main() {
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	var providerConfig v1alpha1.ClusterProviderConfig
	if err := yaml.UnmarshalStrict(input.Object, &providerConfig); err != nil {
		return nil, err
	}
	local, err := client.New(input.Config, client.Options{})
	if err != nil {
		return nil, err
	}
	remote, _, err := builder.NewIdentityAwareBuilder(local).KubeForProviderConfig(ctx, providerConfig.Spec)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	if err := remote.List(ctx, &pods, client.InNamespace(input.Namespace)); err != nil {
		return nil, err
	}
	return lister.Names(&pods), nil
}
