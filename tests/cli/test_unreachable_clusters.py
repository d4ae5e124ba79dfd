"""What kubemcsa says of API servers that can't be reached, or that are none: one sentence each."""

import base64
import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from conftest import Kubemcsa
from support.cluster.loopback import HOST, free_ports
from support.loopback import hostile
from support.loopback.certificates import ca_pem
from support.loopback.hostile import Behaviour, Hostile
from support.samples.kubeconfigs import kubeconfig

Run = Callable[..., str]
YEAR = dt.timedelta(days=365)
NOW = dt.datetime.now(dt.UTC)
_NETWORK = "see whether the address is right, and whether this machine needs a VPN to reach it"
_LATER = "try again, or with more time, as by --request-timeout=2m"
_PORT = "see whether scheme, address and port are those of the API server"
_CA = (
    "see whether the address is that of this cluster, or another cluster's by now, and correct its"
    " certificate-authority"
)
_CLOCK = "see whether this machine's clock is right, else have the server's certificate renewed"
_CORRECT = "correct the server of cluster far-cluster in the kubeconfig"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(scheme, raising=False)
        monkeypatch.delenv(scheme.lower(), raising=False)


@pytest.fixture
def said(kubemcsa: Kubemcsa, tmp_path: Path) -> Run:
    """What `kubemcsa status` says of a cluster, without the beginning that all have."""

    def run(server: str, *args: str, ca: str | None = hostile_ca(), **cluster: Any) -> str:
        if ca:
            cluster["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
        config = {
            "clusters": [{"name": "far-cluster", "cluster": {"server": server} | cluster}],
            "users": [{"name": "me", "user": {"token": "very-secret"}}],
            "contexts": [{"name": "far", "context": {"cluster": "far-cluster", "user": "me"}}],
            "current-context": "far",
        }
        (tmp_path / "config").write_text(json.dumps(config))
        result = kubemcsa("status", f"--kubeconfig={tmp_path / 'config'}", *args, contexts=[])
        assert (result.exit_code, result.stdout) == (3, "")
        assert "very-secret" not in result.output
        [line] = result.stderr.splitlines()
        beginning = "Error: context far: "
        assert line.startswith(beginning)
        return line.removeprefix(beginning)

    return run


def hostile_ca() -> str:
    return ca_pem(hostile.CA)


def certificate(*names: str, begins: dt.datetime = NOW - YEAR, **life: Any) -> trustme.LeafCert:
    return hostile.CA.issue_cert(*(names or (HOST,)), not_before=begins, **life)


def test_a_port_that_nobody_listens_on(said: Run) -> None:
    server = f"https://{HOST}:{free_ports(1)[0]}"
    assert said(server) == (
        f"cannot reach {server}: the connection is refused; see whether the cluster runs, and"
        " whether address and port are right."
    )


def test_a_host_that_does_not_exist(said: Run) -> None:
    assert said("https://no-such-host.invalid:6443") == (
        "cannot reach https://no-such-host.invalid:6443: the name of its host can't be resolved;"
        f" {_NETWORK}."
    )


def test_an_address_that_is_not_routed(said: Run) -> None:
    """240.0.0.0/4 is reserved: the system refuses it at once."""
    sentence = said("https://255.255.255.255:6443")
    assert sentence.startswith("cannot reach https://255.255.255.255:6443: ")
    assert sentence.endswith(f"; {_NETWORK}.")


@contextmanager
def full_port() -> Iterator[int]:
    """A port whose queue is full: it takes no connection, and refuses none."""
    with socket.create_server((HOST, 0), backlog=0) as server, ExitStack() as stack:
        port: int = server.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((HOST, port))
        yield port


def test_a_server_that_takes_no_connection(said: Run) -> None:
    with full_port() as port:
        assert said(f"https://{HOST}:{port}", "--request-timeout=1s") == (
            f"cannot reach https://{HOST}:{port}: there was no connection within 1s; {_NETWORK}, or"
            f" {_LATER}."
        )


def test_a_server_that_never_answers(said: Run) -> None:
    with Hostile(hostile.silence) as server:
        assert said(server.url, "--request-timeout=1") == (
            f"cannot reach {server.url}: there was no answer within 1s; {_LATER}."
        )


def test_a_server_that_hangs_up(said: Run) -> None:
    with Hostile(hostile.hang_up) as server:
        assert said(server.url) == (
            f"cannot reach {server.url}: it ended the connection, or does not speak HTTP; see"
            " whether address and port are those of the API server, and try again."
        )


CERTIFICATES: dict[str, tuple[trustme.LeafCert, str]] = {
    "another CA": (
        trustme.CA().issue_cert(HOST),
        f"its certificate is signed by another CA than the one that is given for it; {_CA}.",
    ),
    "another name": (
        certificate("kubernetes.example"),
        "its certificate is for other names than that; use an address that is in the certificate,"
        " or set tls-server-name in the kubeconfig.",
    ),
    "expired": (
        certificate(not_after=NOW - dt.timedelta(days=1)),
        f"its certificate, or that of its CA, has expired; {_CLOCK}.",
    ),
    "not yet valid": (
        certificate(begins=NOW + dt.timedelta(days=1)),
        f"its certificate, or that of its CA, is not valid yet; {_CLOCK}.",
    ),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate(said: Run, case: str) -> None:
    leaf, sentence = CERTIFICATES[case]
    with Hostile(hostile.silence, leaf) as server:
        assert said(server.url) == f"cannot reach {server.url}: {sentence}"


def test_another_tls_server_name(said: Run) -> None:
    with Hostile(hostile.silence) as server:
        assert said(server.url, **{"tls-server-name": "kubernetes"}) == (
            f"cannot reach {server.url}: {CERTIFICATES['another name'][1]}"
        )


def test_no_ca_in_the_kubeconfig(said: Run) -> None:
    with Hostile(hostile.silence) as server:
        assert said(server.url, ca=None) == (
            f"cannot reach {server.url}: {CERTIFICATES['another CA'][1]}"
        )


@pytest.mark.parametrize("ca", ["no certificate", "-----BEGIN CERTIFICATE-----\nYQ==\n"])
def test_a_ca_that_is_none(said: Run, ca: str) -> None:
    with Hostile(hostile.silence) as server:
        assert said(server.url, ca=ca) == (
            "the CA that the kubeconfig gives for cluster far-cluster is no certificate: correct"
            " its certificate-authority-data or certificate-authority (PEM)."
        )


def test_a_port_without_tls(said: Run, hostile_url: str) -> None:
    server = hostile_url.replace("http:", "https:")
    assert said(server) == (
        f"cannot reach {server}: it does not speak TLS; {_PORT}, and whether http:// is meant."
    )


def test_a_proxy_that_is_not_there(said: Run) -> None:
    port = free_ports(1)[0]
    proxy = f"http://me:very-secret@{HOST}:{port}"
    assert said("https://api.example:6443", **{"proxy-url": proxy}) == (
        f"cannot reach https://api.example:6443: the proxy {HOST}:{port} can't be reached: the"
        " connection is refused; see proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY in"
        " the environment of this command."
    )


def test_a_proxy_by_the_environment(said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://no-such-proxy.invalid:3128")
    assert said("https://api.example:6443") == (
        "cannot reach https://api.example:6443: the proxy no-such-proxy.invalid:3128 can't be"
        " reached: the name of its host can't be resolved; see proxy-url in the kubeconfig, or"
        " HTTPS_PROXY and NO_PROXY in the environment of this command."
    )
    # As in kubectl a loopback address is called directly.
    server = f"https://{HOST}:{free_ports(1)[0]}"
    assert said(server).startswith(f"cannot reach {server}: the connection is refused;")


@pytest.fixture
def refusing_proxy() -> Iterator[str]:
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"HTTP/1.1 407 \x1b[31mPay first\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"{HOST}:{server.getsockname()[1]}"
        thread.join()


def test_a_proxy_that_refuses(said: Run, refusing_proxy: str) -> None:
    proxy = {"proxy-url": f"http://{refusing_proxy}"}
    assert said("https://api.example:6443", **proxy) == (
        f"cannot reach https://api.example:6443: the proxy {refusing_proxy} refuses: it answers"
        " with HTTP status 407; see proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY in the"
        " environment of this command."
    )


@pytest.mark.parametrize(
    ("proxy", "problem"),
    [
        ("proxy.example:3128", "is no http:// or https:// URL: correct it."),
        (
            "socks5://proxy.example",
            "is a SOCKS proxy, which takes the Python package pysocks: pip install pysocks",
        ),
    ],
)
def test_a_proxy_of_another_kind(said: Run, proxy: str, problem: str) -> None:
    assert said("https://api.example", **{"proxy-url": proxy}) == (
        "the proxy of its cluster, by proxy-url in the kubeconfig or HTTPS_PROXY in the"
        f" environment, {problem}"
    )


def test_a_token_that_cannot_be_sent(kubemcsa: Kubemcsa, tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1"}
    config = {
        "clusters": [{"name": "a", "cluster": cluster}],
        "users": [{"name": "a", "user": {"token": "very\nsecret"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    }
    (tmp_path / "config").write_text(json.dumps(config))
    flags = (f"--kubeconfig={tmp_path / 'config'}", "--context=a")
    result = kubemcsa("status", *flags, contexts=[])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "very" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_on_a_terminal_a_login_plugin_speaks_for_itself(tmp_path: Path) -> None:
    script = ["-c", "echo run aws sso login >&2; exit 255"]
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": script}
    path = tmp_path / "config"
    path.write_text(kubeconfig("a", current="a", exec=plugin))
    main, terminal = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "kubemcsa", "status", f"--kubeconfig={path}"],
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(main)
    os.close(terminal)
    assert (done.returncode, done.stderr.splitlines()) == (
        3,
        [
            "run aws sso login",
            f"Error: context 'a' of kubeconfig {path} can't be used: its login plugin sh failed;"
            f" see what it printed, and try kubectl --kubeconfig {path} --context a version.",
        ],
    )


def status(message: str) -> bytes:
    return json.dumps({"kind": "Status", "message": message}).encode()


PAGE = b"<html>Sign in</html>"
ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "401": (
        hostile.answer(status("Unauthorized"), status="401 Unauthorized"),
        "URL does not accept the credential in the kubeconfig (HTTP status 401): it is wrong or"
        " has expired; log in again, or try KUBECTL auth whoami.",
    ),
    "401 of a proxy": (
        hostile.answer(PAGE, status="401 Unauthorized"),
        "URL does not accept the credential in the kubeconfig (HTTP status 401): it is wrong or"
        " has expired; log in again, or try KUBECTL auth whoami.",
    ),
    "403 of nobody": (
        hostile.answer(
            status('secrets is forbidden: User "system:anonymous" cannot list it'),
            status="403 Forbidden",
        ),
        'secrets is forbidden: User "system:anonymous" cannot list it: the user in the kubeconfig'
        " has no credential; log in first.",
    ),
    "403 without a reason that is known": (
        hostile.answer(status("the policy says no"), status="403 Forbidden"),
        "the policy says no (HTTP status 403).",
    ),
    "403 page": (
        hostile.answer(PAGE, status="403 Forbidden"),
        f"what answers at URL is no Kubernetes API (HTTP status 403, Forbidden): {_CORRECT}.",
    ),
    "302": (
        hostile.answer(b"", "Location: https://a/", status="302 Found"),
        "what answers at URL is no Kubernetes API, but redirects, as login pages do (HTTP status"
        f" 302, Found): {_CORRECT}.",
    ),
    "404": (
        hostile.answer(PAGE, status="404 Not Found"),
        f"what answers at URL is no Kubernetes API (HTTP status 404, Not Found): {_CORRECT}.",
    ),
    "404 of another program in Go": (
        hostile.answer(b"404 page not found\n", status="404 Not Found"),
        f"what answers at URL is no Kubernetes API (HTTP status 404, Not Found): {_CORRECT}.",
    ),
    "200 page": (
        hostile.HTML,
        f"what answers at URL is no Kubernetes API (HTTP status 200, OK): {_CORRECT}.",
    ),
    "200 of another API": (
        hostile.answer(b'{"items": []}'),
        f"what answers at URL is no Kubernetes API (HTTP status 200, OK): {_CORRECT}.",
    ),
    "502": (
        hostile.answer(PAGE, status="502 Bad Gateway"),
        "what answers at URL has no API server that is ready (HTTP status 502, Bad Gateway): try"
        " again later.",
    ),
    "500": (
        hostile.answer(status("etcdserver: request timed out"), status="500 Internal"),
        "etcdserver: request timed out (HTTP status 500): the cluster is busy or failing; try"
        " again later.",
    ),
    "429": (
        hostile.answer(status("too many requests"), status="429 Too Many Requests"),
        "too many requests (HTTP status 429): the cluster is busy or failing; try again later.",
    ),
    "too long": (
        hostile.answer(status("x" * 100_000), status="400 Bad Request"),
        f"{'x' * 2000} ... (HTTP status 400).",
    ),
    "no status that is known": (
        hostile.answer(PAGE, status="799 Odd"),
        f"what answers at URL is no Kubernetes API (HTTP status 799): {_CORRECT}.",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(said: Run, case: str, tmp_path: Path) -> None:
    behaviour, sentence = ANSWERS[case]
    kubectl = f"kubectl --kubeconfig {tmp_path / 'config'} --context far"
    with Hostile(behaviour) as server:
        assert said(server.url) == sentence.replace("URL", server.url).replace("KUBECTL", kubectl)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("10x", "'10x' is not a duration such as 720h or 1h30m."),
        ("-1s", "'-1s' is not a duration such as 720h or 1h30m."),
        ("500ms", "'500ms' is less than 1s; 0 is no limit."),
    ],
)
def test_no_request_timeout(kubemcsa: Kubemcsa, value: str, problem: str) -> None:
    result = kubemcsa("status", f"--request-timeout={value}", contexts=[])
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: Invalid value for '--request-timeout': {problem}\n")
