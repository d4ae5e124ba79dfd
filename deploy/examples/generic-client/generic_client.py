"""Lists pods wherever it runs: by an import, by the kubeconfig, or as the pod's service account."""

import sys

from kubernetes import client

from multicluster_service_account import ServiceAccountImportError, config_and_namespace

try:
    config, namespace = config_and_namespace()
except ServiceAccountImportError as error:
    sys.exit(str(error))

print(f"API server URL: {config.host}")
print(f"Namespace: {namespace}")
print("Listing pods...")
with client.ApiClient(config) as api:
    for pod in client.CoreV1Api(api).list_namespaced_pod(namespace).items:
        print(pod.metadata.name)
