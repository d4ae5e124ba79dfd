"""Nothing that servers and objects say steers the terminal on which it is shown."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from conftest import Kubemcsa
from kubemcsa.output.table import table
from kubemcsa.output.terminal import visible
from support.cluster import ControlPlane
from support.samples.kubeconfigs import kubeconfig

HOSTILE = "\x1b[2J\x1b]0;owned\x07 all is well\r\nError: none\x9b31m\x7f\u202etxt\u2028"
SHOWN = r"\x1b[2J\x1b]0;owned\x07 all is well\r\nError: none\x9b31m\x7f\u202etxt\u2028"


@pytest.mark.parametrize("text", ["", "plain, with spaces", "é 日本 \\ '\""])
def test_what_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_what_is_shown_as_an_escape() -> None:
    """C0, DEL, C1, line separators, and what turns the direction of writing."""
    for code in (*range(32), *range(127, 160), 0x061C, 0x200E, 0x202E, 0x2028, 0x2029, 0x2066):
        shown = visible(f"a{chr(code)}b")
        assert shown.isprintable()
        assert shown.startswith("a\\")
        assert shown.endswith("b")


def test_columns_are_as_wide_as_what_is_shown() -> None:
    assert table([("A", "B"), ("\x1b", "c")]) == ["A      B", r"\x1b   c"]


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of a server that refuses everything, and says so to terminals."""

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"kind": "Status", "message": HOSTILE}
            self.send_response(403)
            self.end_headers()
            self.wfile.write(json.dumps(status).encode())

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = json.loads(kubeconfig("hostile", current="hostile"))
        config["clusters"][0]["cluster"]["server"] = f"http://127.0.0.1:{server.server_port}"
        path = tmp_path / "hostile"
        path.write_text(json.dumps(config))
        yield path
        server.shutdown()


@pytest.mark.parametrize(
    "command",
    [
        ("status", "--kubeconfig"),
        ("sync", "-A", "--kubeconfig"),
        ("unbootstrap", "--target-name=a", "--yes", "--source-kubeconfig"),
    ],
    ids=["status", "sync", "unbootstrap"],
)
def test_what_a_server_says(kubemcsa: Kubemcsa, hostile: Path, command: tuple[str, ...]) -> None:
    result = kubemcsa(*command, str(hostile), contexts=[])
    exit_code = 3 if command[0] == "status" else 1
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert result.stderr.split("\n")[-2:] == [
        f"Error: context hostile: {SHOWN} (HTTP status 403).",
        "",
    ]


@pytest.fixture
def imported(cluster1: ControlPlane, namespace: str) -> Iterator[Any]:
    """An import, of whose status somebody hostile has taken care."""
    body: Any = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": "hostile", "namespace": namespace},
        "spec": {"clusterName": "hostile", "namespace": "a", "name": "a"},
    }
    cluster1.kubectl("create", "-f", "-", input=json.dumps(body))
    ready = {"type": "Ready", "status": "False", "reason": "\x1b[31mRed", "message": HOSTILE}
    status = json.dumps({"status": {"observedGeneration": 1, "conditions": [ready]}})
    where = ("sai", "hostile", "-n", namespace)
    cluster1.kubectl("patch", *where, "--subresource=status", "--type=merge", "-p", status)
    yield body
    cluster1.kubectl("delete", *where)


@pytest.mark.cluster
def test_what_an_object_says(kubemcsa: Kubemcsa, cluster1: ControlPlane, imported: Any) -> None:
    result = kubemcsa("status", contexts=[cluster1])
    namespace = imported["metadata"]["namespace"]
    lines = result.stderr.split("\n")
    assert rf"{namespace}/hostile: \x1b[31mRed: {SHOWN}" in lines
    assert all(line.isprintable() for line in (*lines, *result.stdout.split("\n")))


@pytest.mark.cluster
@pytest.mark.parametrize(("output", "load"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_what_scripts_read_stays_as_it_is(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, imported: Any, output: str, load: Any
) -> None:
    result = kubemcsa("status", f"-o={output}", contexts=[cluster1])
    messages = [one["message"] for one in load(result.stdout)["notReady"]]
    assert HOSTILE in messages
    assert all(line.isprintable() for line in result.stdout.split("\n"))
