// Package lister has what is the same in all consumers' programs: arguments, and what is printed.
package lister

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http/httptrace"
	"os"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Source is the name of the cluster whose pods are listed.
const Source = "cluster2"

// Input is what a program is given.
type Input struct {
	Config    *rest.Config // of cluster1, by the kubeconfig that the first argument names
	Namespace string       // the second argument: of the Secret, and of the pods in cluster2
	Object    []byte       // on standard input: the consumer's own object that refers to the Secret
}

// Run prints the names that list returns, and the SHA-256 of the token that was sent last with its context.
func Run(list func(context.Context, Input) ([]string, error)) {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: PROGRAM KUBECONFIG NAMESPACE")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	object, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var sent atomic.Value
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(key string, values []string) {
			if strings.EqualFold(key, "Authorization") {
				sent.Store(strings.TrimPrefix(values[0], "Bearer "))
			}
		},
	})
	names, err := list(traced, Input{config, os.Args[2], object})
	if err != nil {
		log.Fatal(err)
	}
	token, _ := sent.Load().(string)
	fmt.Printf("%s %x\n", strings.Join(names, ","), sha256.Sum256([]byte(token)))
}

// Pods lists the pods of a cluster.
func Pods(ctx context.Context, client kubernetes.Interface, namespace string) ([]string, error) {
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return Names(pods), nil
}

// Names are those of a list of pods.
func Names(pods *corev1.PodList) []string {
	var names []string
	for _, pod := range pods.Items {
		names = append(names, pod.Name)
	}
	return names
}
