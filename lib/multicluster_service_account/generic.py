"""Configurations of whatever is there: an import, the kubeconfig, the pod's own service account."""

from mcsa_core import names
from multicluster_service_account import in_cluster, mount, mounted_imports, own_kubeconfig
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.error import ServiceAccountImportError
from multicluster_service_account.mount import StrPath


def config_and_namespace(*, root: StrPath | None = None) -> ConfigAndNamespace:
    """The configuration and the namespace of the first of these that is there.

    1. the mounted service account import, if there is exactly one;
    2. the current context of the kubeconfig;
    3. the pod's own service account.

    ServiceAccountImportError if there is none of them, or if the first can't be used.
    """
    found = mounted_imports.all_service_account_import_names(root=root)
    if len(found) == 1:
        return mounted_imports.load(mount.root(root) / found[0])
    own = own_kubeconfig.load(None, root)
    if own.contexts:
        return own.config_and_namespace(None)
    if server := in_cluster.server():
        return in_cluster.load(server)
    raise _nothing(root, own)


def named_config_and_namespace(name: str, *, root: StrPath | None = None) -> ConfigAndNamespace:
    """The configuration and the namespace of the first of these that is there.

    1. the mounted service account import `name`;
    2. the kubeconfig's context `name`, if there is a kubeconfig;
    3. the pod's own service account.

    ServiceAccountImportError if there is none of them, or if the first can't be used.
    """
    if mounted_imports.service_account_import_mounted(name, root=root):
        return mounted_imports.load(mount.root(root) / name)
    own = own_kubeconfig.load(None, root)
    if name in own.contexts:
        return own.config_and_namespace(name)
    if not own.contexts and (server := in_cluster.server()):
        return in_cluster.load(server)
    raise _nothing(root, own)


def all_named_configs_and_namespaces(
    *, root: StrPath | None = None
) -> dict[str, ConfigAndNamespace]:
    """The configurations and namespaces of all mounted imports and of all kubeconfig contexts.

    By name; where both have one, it is the import's. Empty if there are none;
    ServiceAccountImportError if one of them can't be used.
    """
    found = mounted_imports.all_service_account_import_configs_and_namespaces(root=root)
    own = own_kubeconfig.load(None, root)
    for context in own.contexts.keys() - found.keys():
        found[context] = own.config_and_namespace(context)
    return dict(sorted(found.items()))


def _nothing(root: StrPath | None, own: own_kubeconfig.OwnKubeconfig) -> ServiceAccountImportError:
    mounted = ", ".join(mounted_imports.all_service_account_import_names(root=root)) or "none"
    contexts = ", ".join(sorted(own.contexts)) or "none"
    return ServiceAccountImportError(
        f"nothing to load: the service account imports in {mount.root(root)} are: {mounted}; the"
        f" contexts of kubeconfig {own.source} are: {contexts}; name one of them, or annotate the"
        f" pod with {names.IMPORT_NAME}."
    )
