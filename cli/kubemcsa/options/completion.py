"""What a shell can complete: contexts of the kubeconfig, namespaces and imports of a cluster."""

from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from io import StringIO
from threading import Thread

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object

_SECONDS = 3


def contexts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The contexts of the kubeconfig that the command line names, by default the caller's own."""
    option = (param.name or "").replace("context", "kubeconfig")
    return _beginning_with(incomplete, lambda: _contexts(ctx.params.get(option)))


def namespaces(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The namespaces of the command's cluster."""
    namespace = {"apiVersion": "v1", "kind": "Namespace"}
    return _beginning_with(incomplete, lambda: _names(_connect(ctx).list_objects(namespace)))


def imports(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The imports of the command's namespace, by default the context's."""

    def names() -> list[str]:
        from kubemcsa.api.import_list import TYPE  # noqa: PLC0415 - as in _connect

        cluster = _connect(ctx)
        return _names(cluster.list_objects(TYPE, ctx.params.get("namespace") or cluster.namespace))

    return _beginning_with(incomplete, names)


def _beginning_with(incomplete: str, names: Callable[[], list[str]]) -> list[str]:
    """Those of `names` that begin so; none if they fail or take longer than a person waits.

    Nothing is printed into the line that is being typed.
    """
    candidates: list[str] = []

    def collect() -> None:
        with suppress(Exception):
            candidates.extend(names())

    # A daemon does not keep the process when a cluster or a login plugin does not answer.
    thread = Thread(target=collect, daemon=True)
    with redirect_stderr(StringIO()):
        thread.start()
        thread.join(_SECONDS)
    return [name for name in candidates if name.startswith(incomplete)]


def _contexts(kubeconfig: str | None) -> list[str]:
    from multicluster_service_account import all_contexts_for_kubeconfig  # noqa: PLC0415 - as below

    return all_contexts_for_kubeconfig(kubeconfig)


def _connect(ctx: click.Context) -> Cluster:
    from kubemcsa.api.connect import connect  # noqa: PLC0415 - commands load it, --help does without

    return connect(ctx.params.get("kubeconfig"), ctx.params.get("context"))


def _names(objects: list[Object]) -> list[str]:
    return [body["metadata"]["name"] for body in objects]
