"""Two Metacontrollers share the imports of a cluster, by the manifests of the page on scale."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from support import ROOT
from support.cluster import ControlPlane, binaries
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.documents import blocks
from support.engine import metacontroller
from support.engine.metacontroller import Metacontroller
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer
from support.node.real import upstream
from support.samples.aging import age

NAME = "cluster2-default-pod-lister"
HOUR = 3600
FOLDERS = ("first", "second")
"""Of the two kustomizations, and of what their Metacontrollers log."""


class Shards(NamedTuple):
    """Two clusters, and two Metacontrollers in the first of them."""

    stack: Stack
    logs: tuple[Path, Path]

    def syncs(self, sai: Import) -> tuple[int, int]:
        """How often each of the two has looked at an import."""
        line = re.compile(rf'"msg":"Sync",.*"name":"{sai.name}"')
        first, second = (len(line.findall(log.read_text())) for log in self.logs)
        return first, second


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """The objects of both kustomizations of the page."""
    folder = tmp_path_factory.mktemp("kustomizations")
    for name in ("deploy", "metacontroller"):
        shutil.copytree(ROOT / name, folder / "clone" / name)
    environ = os.environ | upstream.environment(folder / "upstream")
    objects = []
    for name, block in zip(FOLDERS, blocks("docs/shards.md", "yml"), strict=True):
        (folder / name).mkdir()
        (folder / name / "kustomization.yaml").write_text(block)
        command = [str(binaries() / "kubectl"), "kustomize", str(folder / name)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environ)
        objects.append(list(yaml.safe_load_all(done.stdout)))
    return objects


@pytest.fixture(scope="module")
def shards(built: list[list[Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shards]:
    """Each Metacontroller runs with the options of its StatefulSet."""
    folder = tmp_path_factory.mktemp("shards")
    with ExitStack() as running:
        enter = running.enter_context
        cluster1 = enter(ControlPlane("cluster1", folder / "1", controller_manager=True))
        cluster2 = enter(ControlPlane("cluster2", folder / "2"))
        hooks = enter(HookServer(folder))
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        metacontroller.install_crds(cluster1)
        engines = []
        for name, objects in zip(FOLDERS, built, strict=True):
            controller, options = parts(objects)
            cluster1.kubectl("apply", "-f", "-", input=local(controller, hooks.url))
            (folder / name).mkdir()
            engine = Metacontroller(cluster1, folder / name, settings=options)
            running.callback(engine.stop)
            engine.start()
            engines.append(engine)
        first, second = engines
        stack = Stack(cluster1, cluster2, hooks, first)
        stack.bootstrap()
        cluster2.kubectl("create", "serviceaccount", "pod-lister")
        yield Shards(stack, (first.log, second.log))


def parts(objects: list[Any]) -> tuple[Any, list[str]]:
    """The controller of imports, and the options of the Metacontroller."""
    [controller] = [o for o in objects if o["kind"] == "CompositeController"]
    [statefulset] = [o for o in objects if o["kind"] == "StatefulSet"]
    [container] = statefulset["spec"]["template"]["spec"]["containers"]
    return controller, container["args"]


def local(controller: Any, hooks_url: str) -> str:
    """The controller as YAML, with its hooks at another address, without TLS or a token."""
    spec = {key: value for key, value in controller["spec"].items() if key != "endpointConfigs"}
    return yaml.safe_dump(controller | {"spec": spec}).replace(metacontroller.HOOKS, hooks_url)


def ready(shards: Shards, name: str, **labels: str) -> Import:
    """A new import with these labels, which has its Secret."""
    sai = Import(shards.stack, "default", name)
    manifest = sai.manifest()
    manifest["metadata"]["labels"] = labels
    shards.stack.cluster1.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))
    sai.until("TokenIssued")
    until(sai.secret)
    return sai


def move(shards: Shards, sai: Import, label: str) -> None:
    """The import got that label by the command of the page, and the other shard has synced it."""
    number = 1 if label == "shard=b" else 0
    before = shards.syncs(sai)[number]
    [script] = blocks("docs/shards.md", "bash")
    command = script.splitlines()[-1].replace("shard=b", label)
    assert command.endswith(f" label sai {NAME} {label}")
    run(command, shards.stack.cluster1)
    until(lambda: shards.syncs(sai)[number] > before)
    # A sync of an import begins when the one before has ended.
    sai.touch()
    until(lambda: shards.syncs(sai)[number] > before + 1)


def test_no_object_is_of_both(built: list[list[Any]]) -> None:
    """But for what the second Metacontroller shares with the first, which is the same."""
    first, second = ({(o["kind"], o["metadata"]["name"]): o for o in each} for each in built)
    for key in first.keys() & second.keys():
        assert first[key] == second[key]
    assert {kind for kind, _ in second.keys() - first.keys()} == {
        "CompositeController",
        "StatefulSet",
    }


def test_each_import_is_served_once(shards: Shards) -> None:
    rest, labelled = ready(shards, "rest"), ready(shards, "labelled", shard="b")
    for number, sai in enumerate((rest, labelled)):
        assert shards.syncs(sai)[number] > 0
        assert shards.syncs(sai)[1 - number] == 0


def test_an_import_that_moves_keeps_its_secret(shards: Shards) -> None:
    sai = ready(shards, NAME)
    before, (first, _) = sai.secret(), shards.syncs(sai)
    move(shards, sai, "shard=b")
    assert sai.secret() == before
    old = age(shards.stack, "default", sai.secret_name, 20 * HOUR, 24 * HOUR)
    until(lambda: sai.token() != old)
    renewed = sai.secret()
    assert renewed["metadata"]["uid"] == before["metadata"]["uid"]
    assert shards.syncs(sai)[0] == first
    move(shards, sai, "shard-")
    assert sai.secret() == renewed
    shards.stack.cluster1.kubectl("delete", "sai", NAME)
    until(lambda: sai.secret() is None)
