"""Records what the real Metacontroller sends, for the tests without a cluster.

`python -m tools.record` writes tests/hooks/serviceaccountimports/recorded/. The tokens have no
signatures.
"""

import base64
import copy
import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask, request

from mcsa_hooks import apps
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.scripts import environment
from support.engine.metacontroller import Metacontroller
from support.loopback.gunicorns import HookServer
from tools import demo

RECORDED = ROOT / "tests" / "hooks" / "serviceaccountimports" / "recorded"
STEADY = {f"sync-{about}-steady.json" for about in (demo.NAME, "cluster2")}
SIGNATURE = re.compile(r"(eyJ[\w-]+\.[\w-]+\.)[\w-]+")


def app() -> Flask:
    """The sync application, which appends each request as a line of JSON to `$RECORDING`."""
    flask = apps.sync_app({})

    @flask.before_request
    def record() -> None:
        if request.is_json:
            with Path(os.environ["RECORDING"]).open("a") as file:
                file.write(json.dumps({"path": request.path, "body": request.json}) + "\n")

    return flask


def without_signatures(secret: Any) -> Any:
    """A Secret whose tokens are worthless."""
    cut = copy.deepcopy(secret)
    for key, value in secret["data"].items():
        text = SIGNATURE.sub(r"\1c2lnbmF0dXJl", base64.b64decode(value).decode())
        cut["data"][key] = base64.b64encode(text.encode()).decode()
    return cut


def name(recorded: Any) -> str:
    """The file name of a recorded request: hook, parent, and whether it has children."""
    hook = recorded["path"].rpartition("/")[2]
    about = recorded["body"]["parent"]["metadata"]["name"]
    children = recorded["body"].get("children", {}).get("Secret.v1")
    return f"{hook}-{about}{'-steady' if children else ''}.json"


def until_steady(recording: Path) -> None:
    """Metacontroller has called the sync hook for both imports with their Secrets."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        requests = map(json.loads, recording.read_text().splitlines())
        if {n for n in map(name, requests) if n.endswith("-steady.json")} == STEADY:
            return
        time.sleep(0.1)
    sys.exit("Metacontroller did not call the hooks as expected.")


def main() -> None:
    """Record the life of an import, from its creation to its steady state."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        cluster1 = stack.enter_context(ControlPlane("cluster1", folder / "1"))
        cluster2 = stack.enter_context(ControlPlane("cluster2", folder / "2"))
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        env = {"RECORDING": str(folder / "recording"), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        hooks = stack.enter_context(HookServer(folder, env, app="tools.record:app()"))
        stack.enter_context(Metacontroller(cluster1, folder, hooks.url))
        bootstrap = [sys.executable, "-m", "kubemcsa", "bootstrap", "cluster1", "cluster2"]
        subprocess.run(bootstrap, env=environment(cluster1, cluster2), check=True)
        cluster2.kubectl("create", "serviceaccount", "pod-lister")
        cluster1.kubectl("create", "-f", "-", input=demo.IMPORT)
        cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=20s", "sai", demo.NAME)
        until_steady(folder / "recording")
        lines = (folder / "recording").read_text().splitlines()
    RECORDED.mkdir(exist_ok=True)
    for recorded in map(json.loads, lines):
        for group in ("children", "related"):
            secrets = recorded["body"].get(group, {}).get("Secret.v1", {})
            for key, secret in secrets.items():
                secrets[key] = without_signatures(secret)
        (RECORDED / name(recorded)).write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
