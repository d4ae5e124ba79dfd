"""Lists the pods of another cluster, by the only service account import that is mounted here."""

import sys

from kubernetes import client

from multicluster_service_account import (
    ServiceAccountImportError,
    service_account_import_config_and_namespace,
)

try:
    config, namespace = service_account_import_config_and_namespace()
except ServiceAccountImportError as error:
    sys.exit(str(error))

with client.ApiClient(config) as api:
    for pod in client.CoreV1Api(api).list_namespaced_pod(namespace).items:
        print(pod.metadata.name)
