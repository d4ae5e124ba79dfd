// Lists the pods of cluster2 with the client by which Flux applies a Kustomization there.
package main

import (
	"context"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	runtime "github.com/fluxcd/pkg/runtime/client"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lister"
)

func main() {
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	var kustomization kustomizev1.Kustomization
	if err := yaml.UnmarshalStrict(input.Object, &kustomization); err != nil {
		return nil, err
	}
	local, err := client.New(input.Config, client.Options{})
	if err != nil {
		return nil, err
	}
	namespace := kustomization.Namespace
	reference := runtime.WithKubeConfig(kustomization.Spec.KubeConfig, runtime.KubeConfigOptions{}, namespace, nil)
	remote, _, err := runtime.NewImpersonator(local, reference).GetClient(ctx)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	if err := remote.List(ctx, &pods, client.InNamespace(input.Namespace)); err != nil {
		return nil, err
	}
	return lister.Names(&pods), nil
}
