// Lists Secrets of cluster2, as External Secrets reads nothing else, with the client of a SecretStore.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	"github.com/external-secrets/external-secrets/pkg/provider/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lister"
)

func main() {
	// The provider finds cluster1 by it.
	os.Setenv("KUBECONFIG", os.Args[1])
	lister.Run(list)
}

func list(ctx context.Context, input lister.Input) ([]string, error) {
	var store esv1.SecretStore
	if err := yaml.UnmarshalStrict(input.Object, &store); err != nil {
		return nil, err
	}
	local, err := client.New(input.Config, client.Options{})
	if err != nil {
		return nil, err
	}
	var provider kubernetes.Provider
	if _, err := provider.ValidateStore(&store); err != nil {
		return nil, err
	}
	secrets, err := provider.NewClient(ctx, &store, local, store.Namespace)
	if err != nil {
		return nil, err
	}
	if result, err := secrets.Validate(); err != nil || result != esv1.ValidationResultReady {
		return nil, fmt.Errorf("the store is not ready: %v", err)
	}
	values, err := secrets.GetAllSecrets(ctx, esv1.ExternalSecretFind{Name: &esv1.FindName{RegExp: ".*"}})
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(values)), nil
}
