"""Control planes come up as asked, hold what they are given, and leave nothing behind."""

import base64
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.cluster import ClusterError, ControlPlane, binaries
from support.cluster.loopback import free_ports

cluster = pytest.mark.cluster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(scope="module")
def red(folder: Path) -> Iterator[ControlPlane]:
    flags = ["--service-account-max-token-expiration=1h"]
    with ControlPlane("red", folder / "red", flags=flags) as red:
        yield red


@pytest.fixture(scope="module")
def blue(folder: Path) -> Iterator[ControlPlane]:
    with ControlPlane("blue", folder / "blue") as blue:
        yield blue


@pytest.fixture(scope="module")
def token(red: ControlPlane) -> str:
    """Of a service account that may do nothing."""
    red.kubectl("create", "serviceaccount", "nobody")
    return red.kubectl("create", "token", "nobody", "--duration=24h").strip()


def processes_of(folder: Path) -> list[str]:
    """The command lines, of any process, that name the folder."""
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True)
    return [line for line in listing.stdout.splitlines() if str(folder) in line]


def listens(control_plane: ControlPlane) -> bool:
    host, port = control_plane.server.removeprefix("https://").split(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


@cluster
def test_two_clusters_know_nothing_of_each_other(red: ControlPlane, blue: ControlPlane) -> None:
    red.kubectl("create", "-f", "-", input=json.dumps(configmap("only-in-red")))
    assert red.kubectl("get", "configmap", "only-in-red", "-o", "name") == (
        "configmap/only-in-red\n"
    )
    with pytest.raises(ClusterError, match='configmaps "only-in-red" not found'):
        blue.kubectl("get", "configmap", "only-in-red")
    assert blue.kubectl("get", "configmap", "only-in-red", check=False) == ""


def configmap(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


@cluster
def test_the_kubeconfig_is_complete_and_private(red: ControlPlane) -> None:
    config = yaml.safe_load(red.kubeconfig.read_text())
    assert stat.S_IMODE(red.kubeconfig.stat().st_mode) == 0o600
    assert config["clusters"] == [
        {
            "name": "red",
            "cluster": {
                "server": red.server,
                "certificate-authority-data": base64.b64encode(red.ca.encode()).decode(),
            },
        }
    ]
    assert config["contexts"] == [{"name": "red", "context": {"cluster": "red", "user": "red"}}]
    assert [user["name"] for user in config["users"]] == ["red"]


@cluster
def test_a_service_account_may_do_nothing_at_first(red: ControlPlane, token: str) -> None:
    with pytest.raises(ClusterError, match='"system:serviceaccount:default:nobody" cannot list'):
        red.kubectl("get", "pods", f"--token={token}")


@cluster
def test_flags_reach_the_api_server(red: ControlPlane, token: str) -> None:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["iss"] == red.issuer
    assert claims["exp"] - claims["iat"] == 3600


@cluster
def test_data_outlives_outages(blue: ControlPlane) -> None:
    blue.kubectl("create", "configmap", "kept")
    server = blue.server

    blue.stop_apiserver()
    with pytest.raises(ClusterError, match="refused"):
        blue.kubectl("get", "configmap", "kept")
    blue.start_apiserver()
    blue.kubectl("get", "configmap", "kept")

    blue.stop_etcd()
    with pytest.raises(ClusterError):
        blue.kubectl("get", "configmap", "kept", "--request-timeout=1s")
    blue.start_etcd()
    blue.kubectl("get", "configmap", "kept")

    blue.kubectl("label", "configmap", "kept", "written=last")
    blue.kill_etcd()
    blue.start_etcd()
    assert (
        blue.kubectl("get", "configmap", "-l", "written=last", "-o", "name") == "configmap/kept\n"
    )

    blue.stop()
    blue.start()
    blue.kubectl("get", "configmap", "kept")
    assert blue.server == server


@cluster
def test_a_frozen_api_server_goes_on(blue: ControlPlane) -> None:
    blue.freeze_apiserver()
    with pytest.raises(ClusterError):
        blue.kubectl("get", "namespaces", "--request-timeout=1s")
    blue.thaw_apiserver()
    blue.kubectl("get", "namespaces")


@cluster
def test_a_running_cluster_keeps_its_programs(
    red: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    red.kubectl("get", "namespaces")


@cluster
def test_a_new_signing_key_ends_all_tokens(red: ControlPlane, token: str) -> None:
    old_key = red.signing_key.read_text()
    red.kubectl("auth", "whoami", f"--token={token}")

    red.replace_signing_key()

    assert red.signing_key.read_text() != old_key
    with pytest.raises(ClusterError, match="Unauthorized"):
        red.kubectl("auth", "whoami", f"--token={token}")
    new_token = red.kubectl("create", "token", "nobody").strip()
    red.kubectl("auth", "whoami", f"--token={new_token}")


@cluster
def test_a_controller_manager_makes_service_accounts(tmp_path: Path) -> None:
    with ControlPlane("green", tmp_path, controller_manager=True) as green:
        green.kubectl("get", "serviceaccount", "default")
        assert len(processes_of(tmp_path)) >= 3
    assert processes_of(tmp_path) == []
    assert not listens(green)


@cluster
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    # Shells start what runs in the background with this signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    green = ControlPlane("green", tmp_path)
    with pytest.raises(KeyboardInterrupt), green:
        assert len(processes_of(tmp_path)) >= 2
        assert listens(green)
        signal.raise_signal(signal.SIGINT)
    assert processes_of(tmp_path) == []
    assert not listens(green)


@cluster
def test_being_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from support.cluster import ControlPlane
        ControlPlane("green", Path(sys.argv[1]) / "green").start()
        print("ready", flush=True)
        sys.stdin.read()
    """
    victim = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        assert processes_of(tmp_path / "green") != []
        victim.kill()
    deadline = time.monotonic() + 30
    while processes_of(tmp_path / "green") and time.monotonic() < deadline:
        pass
    assert processes_of(tmp_path / "green") == []


@cluster
def test_other_ports_are_chosen_when_one_was_taken(
    tmp_path: Path, blue: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = int(blue.server.rpartition(":")[2])
    chosen = free_ports(6)
    offers = iter([[taken, *chosen[:2]], chosen[3:]])
    monkeypatch.setattr("support.cluster.control_plane.free_ports", lambda count: next(offers))
    with ControlPlane("green", tmp_path) as green:
        assert green.server == f"https://127.0.0.1:{chosen[3]}"
        green.kubectl("get", "namespaces")


@cluster
def test_a_refused_flag_is_quoted_from_the_log(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"(?s)kube-apiserver ended.*unknown flag: --no-such"):
        ControlPlane("green", tmp_path, flags=["--no-such"]).start()
    assert processes_of(tmp_path) == []


def test_a_folder_without_the_programs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    (tmp_path / "etcd").touch(mode=0o700)
    with pytest.raises(ClusterError) as refusal:
        ControlPlane("green", tmp_path / "green").start()
    assert str(refusal.value) == (
        f"KUBEBUILDER_ASSETS={tmp_path} lacks kube-apiserver, kube-controller-manager, kubectl; "
        "unset it to have the programs built, or add them."
    )


# Answers as Go does, and fails while there is a file called "broken" beside it.
GO = """#!/bin/sh
[ "$*" = "env GOVERSION" ] && echo go1.99.1 && exit
[ -e "$(dirname "$0")/broken" ] && echo "undefined: etcd" >&2 && exit 1
while [ "$1" != "-o" ]; do shift; done
echo "built" > "$2" && chmod +x "$2"
"""


def test_a_build_goes_on_where_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "go").write_text(GO)
    (tmp_path / "go").chmod(0o700)
    (tmp_path / "broken").touch()

    with pytest.raises(ClusterError) as failure:
        binaries()
    assert str(failure.value) == (
        f"etcd 1.37 can't be built with {tmp_path / 'go'}.\n  undefined: etcd"
    )

    (tmp_path / "broken").unlink()
    folder = binaries()
    assert folder.parent == tmp_path / "cache" / "multicluster-service-account"
    assert (folder / "kubectl").read_text() == "built\n"

    capsys.readouterr()
    (folder / "kubectl").unlink()
    assert binaries() == folder
    assert binaries() == folder
    assert capsys.readouterr().err == ("building kubectl 1.37, first time only, about 1 minute\n")


def test_an_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    with pytest.raises(ClusterError, match=r"^Kubernetes 1.2 can't be built: there is no .*go.mod"):
        binaries("1.2")
