"""Configurations of the contexts of the caller's own kubeconfig."""

from multicluster_service_account import kubeconfig_files
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.mount import StrPath


def config_and_namespace_for_context(
    context: str | None = None, *, root: StrPath | None = None
) -> ConfigAndNamespace:
    """The configuration and the namespace of a kubeconfig context, by default the current one.

    The kubeconfig is `$KUBECONFIG`, which may list several files, or `~/.kube/config`.
    ServiceAccountImportError if there is none or no such context, or if it can't be used.
    """
    return config_and_namespace_for_kubeconfig_and_context(None, context, root=root)


def config_and_namespace_for_kubeconfig_and_context(
    kubeconfig: StrPath | None = None, context: str | None = None, *, root: StrPath | None = None
) -> ConfigAndNamespace:
    """The configuration and the namespace of a context of the file `kubeconfig`.

    Without a file it is `config_and_namespace_for_context`, without a context the current one.
    ServiceAccountImportError if there is no such file or context, or if it can't be used.
    """
    return kubeconfig_files.load(kubeconfig, root).config_and_namespace(context)


def all_contexts_for_kubeconfig(
    kubeconfig: StrPath | None = None, *, root: StrPath | None = None
) -> list[str]:
    """The names of the contexts of the file `kubeconfig`, or of the caller's own, sorted.

    Empty if the caller has none; ServiceAccountImportError if a file can't be read.
    """
    return sorted(kubeconfig_files.load(kubeconfig, root).contexts)
