"""The configuration of the first that exists: import, kubeconfig context, the pod's own account."""

from mcsa_core import names
from multicluster_service_account import in_cluster, kubeconfig_files, mount, mounted_imports
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.error import Problem, ServiceAccountImportError
from multicluster_service_account.mount import StrPath
from multicluster_service_account.own_kubeconfig import OwnKubeconfig


def config_and_namespace(*, root: StrPath | None = None) -> ConfigAndNamespace:
    """The configuration and the namespace of the first of these that exists.

    1. the mounted service account import;
    2. the current context of the kubeconfig;
    3. the pod's own service account.

    ServiceAccountImportError if there is none of them, or if the first can't be used. It names the
    imports if several are mounted: else a second one would change which cluster is called.
    """
    if mounted_imports.all_service_account_import_names(root=root):
        return mounted_imports.service_account_import_config_and_namespace(root=root)
    kubeconfig = kubeconfig_files.load(None, root)
    if kubeconfig.contexts:
        return kubeconfig.config_and_namespace(None)
    if server := in_cluster.server():
        return in_cluster.load(server)
    raise _nothing(root, kubeconfig)


def named_config_and_namespace(name: str, *, root: StrPath | None = None) -> ConfigAndNamespace:
    """The configuration and the namespace of the first of these that exists.

    1. the mounted service account import `name`;
    2. the kubeconfig's context `name`, if there is a kubeconfig;
    3. the pod's own service account.

    ServiceAccountImportError if there is none of them, or if the first can't be used.
    """
    if mounted_imports.service_account_import_mounted(name, root=root):
        return mounted_imports.load(mount.root(root) / name)
    kubeconfig = kubeconfig_files.load(None, root)
    if name in kubeconfig.contexts:
        return kubeconfig.config_and_namespace(name)
    if not kubeconfig.contexts and (server := in_cluster.server()):
        return in_cluster.load(server)
    raise _nothing(root, kubeconfig)


def all_named_configs_and_namespaces(
    *, root: StrPath | None = None
) -> dict[str, ConfigAndNamespace]:
    """The configurations and namespaces of all mounted imports and of all kubeconfig contexts.

    By name; of an import and a context of the same name it is the import. Empty if there are none;
    ServiceAccountImportError if one of them can't be used.
    """
    configs = mounted_imports.all_service_account_import_configs_and_namespaces(root=root)
    kubeconfig = kubeconfig_files.load(None, root)
    for context in kubeconfig.contexts.keys() - configs.keys():
        configs[context] = kubeconfig.config_and_namespace(context)
    return dict(sorted(configs.items()))


def _nothing(root: StrPath | None, kubeconfig: OwnKubeconfig) -> ServiceAccountImportError:
    imports = mounted_imports.all_service_account_import_names(root=root)
    mounted = ", ".join(imports) or "none"
    kubeconfig_state = f"kubeconfig {kubeconfig.location} does not exist"
    if kubeconfig.exists:
        contexts = ", ".join(sorted(kubeconfig.contexts)) or "none"
        kubeconfig_state = f"the contexts of kubeconfig {kubeconfig.location} are: {contexts}"
    return ServiceAccountImportError(
        f"nothing to load: the service account imports in {mount.root(root)} are: {mounted};"
        f" {kubeconfig_state}; name one that there is, or annotate the pod with"
        f" {names.IMPORT_NAME}.",
        Problem.MISSING,
        sorted({*imports, *kubeconfig.contexts}),
    )
