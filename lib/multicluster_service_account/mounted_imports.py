"""The configurations of mounted service account imports, whose tokens follow the mounted files."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from mcsa_core import names
from multicluster_service_account import cafile, mount
from multicluster_service_account.configuration import ConfigAndNamespace, configuration
from multicluster_service_account.error import Problem, ServiceAccountImportError
from multicluster_service_account.mount import MountedImport, StrPath
from multicluster_service_account.token_refresh import TokenHook, file_versions

_ANNOTATE = (
    f"annotate the pod with {names.IMPORT_NAME}, in a namespace labelled"
    " multicluster-service-account=enabled"
)


def service_account_import_config_and_namespace(
    *, root: StrPath | None = None
) -> ConfigAndNamespace:
    """The configuration and the remote namespace of the only mounted service account import.

    ServiceAccountImportError if none or several are mounted, or if it can't be used.
    """
    return load(mount.root(root) / single_service_account_import_name(root=root))


def named_service_account_import_config_and_namespace(
    name: str, *, root: StrPath | None = None
) -> ConfigAndNamespace:
    """The configuration and the remote namespace of the mounted service account import `name`.

    ServiceAccountImportError if it is not mounted, or if it can't be used.
    """
    folder = mount.root(root)
    mounted_names = all_service_account_import_names(root=root)
    if name not in mounted_names:
        contents = f"there are {', '.join(mounted_names)}" if mounted_names else "there is none"
        raise ServiceAccountImportError(
            f"no service account import {name!r} is mounted in {folder}, {contents}: {_ANNOTATE}.",
            Problem.MISSING,
            mounted_names,
        )
    return load(folder / name)


def all_service_account_import_configs_and_namespaces(
    *, root: StrPath | None = None
) -> dict[str, ConfigAndNamespace]:
    """The configurations and remote namespaces of all mounted service account imports, by name.

    Empty if none is mounted; ServiceAccountImportError if one of them can't be used.
    """
    folder = mount.root(root)
    return {name: load(folder / name) for name in all_service_account_import_names(root=root)}


def all_service_account_import_names(*, root: StrPath | None = None) -> list[str]:
    """The names of the mounted service account imports, sorted; empty if there is none.

    ServiceAccountImportError if the folder is there and can't be read.
    """
    return mount.mounted_names(mount.root(root))


def single_service_account_import_name(*, root: StrPath | None = None) -> str:
    """The name of the only mounted service account import.

    ServiceAccountImportError if none or several are mounted.
    """
    mounted_names = all_service_account_import_names(root=root)
    if not mounted_names:
        raise ServiceAccountImportError(
            f"no service account import is mounted in {mount.root(root)}: {_ANNOTATE}.",
            Problem.MISSING,
        )
    if len(mounted_names) > 1:
        raise ServiceAccountImportError(
            f"several service account imports are mounted in {mount.root(root)}:"
            f" choose one of {', '.join(mounted_names)} by its name.",
            Problem.AMBIGUOUS,
            mounted_names,
        )
    return mounted_names[0]


def service_account_import_mounted(name: str, *, root: StrPath | None = None) -> bool:
    """Whether a service account import `name` is mounted.

    ServiceAccountImportError if the folder is there and can't be read.
    """
    return name in all_service_account_import_names(root=root)


def load(folder: Path) -> ConfigAndNamespace:
    """The configuration and the remote namespace of the import that is mounted at `folder`."""
    files = mount.files(folder)
    # Before the files are read: a change while they are read then counts as a change.
    versions = file_versions(files)
    mounted_import = mount.read(folder)
    access, endpoint = mounted_import.access, mounted_import.access.endpoint
    config = configuration(
        server=endpoint.server,
        ca_file=mounted_import.ca_file or cafile.temporary(endpoint.ca),
        hook=TokenHook(access.token, partial(_token, folder, mounted_import), files, versions),
        proxy_url=endpoint.proxy_url,
        tls_server_name=endpoint.tls_server_name,
    )
    return ConfigAndNamespace(config, access.namespace)


def _token(folder: Path, loaded_import: MountedImport) -> str:
    """The token at `folder` now; ServiceAccountImportError if its endpoint has changed.

    The client keeps calling the endpoint of `loaded_import`: the token of another endpoint is
    refused, so that it is not sent there.
    """
    mounted_import = mount.read(folder)
    endpoint, loaded_endpoint = mounted_import.access.endpoint, loaded_import.access.endpoint
    # The client reads a CA that is mounted as a file again by itself.
    if mounted_import.ca_file and loaded_import.ca_file:
        endpoint = replace(endpoint, ca=loaded_endpoint.ca)
    if endpoint != loaded_endpoint:
        raise ServiceAccountImportError(
            f"{folder / 'config'} names another server, CA or proxy than before: load it anew."
        )
    return mounted_import.access.token
