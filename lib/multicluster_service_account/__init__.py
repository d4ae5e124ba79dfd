"""Client configurations of the service account imports that are mounted in a container.

| Function | Loads | Without any |
| --- | --- | --- |
| `config_and_namespace` | the only import, the kubeconfig's current context, the pod | error |
| `named_config_and_namespace` | the import, or the context, of that name; the pod | error |
| `all_named_configs_and_namespaces` | imports and contexts | empty |
| `service_account_import_config_and_namespace` | the only import | error |
| `named_service_account_import_config_and_namespace` | the import of that name | error |
| `all_service_account_import_configs_and_namespaces` | imports | empty |
| `all_service_account_import_names` | imports | empty |
| `single_service_account_import_name` | the only import | error |
| `service_account_import_mounted` | the import of that name | False |
| `config_and_namespace_for_context` | the context, by default the current one | error |
| `config_and_namespace_for_kubeconfig_and_context` | the same in a file | error |
| `all_contexts_for_kubeconfig` | contexts | empty |

"The only import" is an error if several are mounted. An import, context or service account that
exists and can't be used is always an error. Errors are `ServiceAccountImportError`s: `problem` says
what is the matter (a `Problem`), and `names` what could be loaded instead. Imports are
looked for below `root=`, `$MCSA_ROOT`, or
`/var/run/secrets/admiralty.io/serviceaccountimports`. A configuration's token is read again
whenever the mounted file has changed, before each request of the official client.

Importing this package loads PyYAML; the official client is loaded with the first configuration.
"""

from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.contexts import (
    all_contexts_for_kubeconfig,
    config_and_namespace_for_context,
    config_and_namespace_for_kubeconfig_and_context,
)
from multicluster_service_account.error import Problem, ServiceAccountImportError
from multicluster_service_account.generic import (
    all_named_configs_and_namespaces,
    config_and_namespace,
    named_config_and_namespace,
)
from multicluster_service_account.mounted_imports import (
    all_service_account_import_configs_and_namespaces,
    all_service_account_import_names,
    named_service_account_import_config_and_namespace,
    service_account_import_config_and_namespace,
    service_account_import_mounted,
    single_service_account_import_name,
)

__all__ = [
    "ConfigAndNamespace",
    "Problem",
    "ServiceAccountImportError",
    "all_contexts_for_kubeconfig",
    "all_named_configs_and_namespaces",
    "all_service_account_import_configs_and_namespaces",
    "all_service_account_import_names",
    "config_and_namespace",
    "config_and_namespace_for_context",
    "config_and_namespace_for_kubeconfig_and_context",
    "named_config_and_namespace",
    "named_service_account_import_config_and_namespace",
    "service_account_import_config_and_namespace",
    "service_account_import_mounted",
    "single_service_account_import_name",
]
