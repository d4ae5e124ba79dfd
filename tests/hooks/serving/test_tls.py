"""Under gunicorn, over TLS: renewed certificates, clients that fail, and servers that end."""

import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import trustme

from support.cluster.loopback import HOST
from support.cluster.waiting import until
from support.loopback.certificates import Serving, ca_pem, pair
from support.loopback.gunicorns import AdmissionServer
from support.node.kubelet import Mount
from support.samples.admission_pods import pod, review

pytestmark = pytest.mark.slow

BODY = json.dumps(review(pod("a")))
JSON = {"Content-Type": "application/json"}
HEAD = f"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n"


class Mounted:
    """A server with its certificate in a mounted folder."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.mount = Mount(folder / "tls")
        self.renew()
        ca = folder / "ca.crt"
        ca.write_text(ca_pem(self.ca))
        tls = Serving(ca, folder / "tls" / "tls.crt", folder / "tls" / "tls.key")
        self.server = AdmissionServer(folder, tls=tls)
        self.trust = ssl.create_default_context(cafile=str(ca))

    def renew(self) -> str:
        """The folder holds a new certificate."""
        files = self.leaf()
        self.mount.write(files)
        return files["tls.crt"]

    def leaf(self, not_after: dt.datetime | None = None) -> dict[str, str]:
        """A new certificate and its key."""
        return pair(self.ca.issue_cert(HOST, not_after=not_after))

    def tcp(self) -> socket.socket:
        return socket.create_connection((HOST, self.server.port), timeout=30)

    def tls(self) -> ssl.SSLSocket:
        return self.trust.wrap_socket(self.tcp(), server_hostname=HOST)

    def presented(self) -> str:
        """The certificate that a new client gets."""
        with self.tls() as client:
            return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True) or b"")

    def reviewed(self) -> int:
        """The status of a review that a new client sends."""
        return self.server.reviewed(30)

    def log(self) -> str:
        return self.server.log.read_text()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Mounted]:
    mounted = Mounted(tmp_path)
    with mounted.server:
        yield mounted
    assert "Traceback" not in mounted.log()


def test_a_renewed_certificate_counts_at_once(mounted: Mounted) -> None:
    renewed = mounted.renew()
    assert mounted.presented() == renewed


def test_20_renewals_while_1000_requests_come(mounted: Mounted) -> None:
    with ThreadPoolExecutor(10) as clients:
        answers = [clients.submit(mounted.reviewed) for _ in range(1000)]
        for number in range(1, 21):
            until(partial(done, answers, 50 * number - 45))
            renewed = mounted.renew()
        assert [answer.result() for answer in answers] == [200] * 1000
    assert mounted.presented() == renewed
    assert "cannot use" not in mounted.log(), mounted.log()


def done(answers: list[Future[int]], count: int) -> bool:
    return sum(answer.done() for answer in answers) >= count


@pytest.mark.parametrize(
    "damage",
    [
        {"tls.key": pair(trustme.CA().issue_cert(HOST))["tls.key"]},
        {"tls.crt": "rubbish"},
        {"tls.key": ""},
    ],
    ids=["of another certificate", "rubbish", "empty"],
)
def test_a_pair_that_does_not_match_is_not_used(mounted: Mounted, damage: dict[str, str]) -> None:
    before = mounted.presented()
    mounted.mount.write(mounted.leaf() | damage)
    assert [mounted.presented() for _ in range(3)] == [before] * 3
    assert mounted.log().count("so the last good ones stay in use") == 1
    assert "PRIVATE KEY" not in mounted.log()
    renewed = mounted.renew()
    assert mounted.presented() == renewed


def test_files_that_are_gone_for_a_moment(mounted: Mounted, tmp_path: Path) -> None:
    before = mounted.presented()
    (tmp_path / "tls" / "..data").rename(tmp_path / "tls" / "away")
    assert mounted.presented() == before
    (tmp_path / "tls" / "away").rename(tmp_path / "tls" / "..data")
    assert mounted.reviewed() == 200


def test_an_expired_certificate_is_refused_and_then_renewed(mounted: Mounted) -> None:
    a_minute_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    mounted.mount.write(mounted.leaf(not_after=a_minute_ago))
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        mounted.presented()
    until(lambda: "a client failed to speak TLS" in mounted.log())
    mounted.renew()
    assert mounted.reviewed() == 200


def test_whoever_trusts_another_ca_is_named_in_one_line(mounted: Mounted) -> None:
    other = ssl.create_default_context(cadata=ca_pem(trustme.CA()))
    with mounted.tcp() as client, pytest.raises(ssl.SSLCertVerificationError):
        other.wrap_socket(client, server_hostname=HOST)
    until(lambda: "a client failed to speak TLS: TLSV1_ALERT_" in mounted.log())


def test_what_speaks_no_tls_is_named_in_one_line(mounted: Mounted) -> None:
    with mounted.tcp() as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: "a client failed to speak TLS: HTTP_REQUEST" in mounted.log())


@pytest.mark.parametrize("start", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "half"])
def test_a_handshake_that_does_not_go_on_is_given_up(mounted: Mounted, start: bytes) -> None:
    with mounted.tcp() as client:
        client.sendall(start)
        assert client.recv(1) == b""
    assert "a client failed" not in mounted.log()


def test_idle_clients_do_not_keep_the_server(mounted: Mounted) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(mounted.tls()) for _ in range(20)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        mounted.server.stop()
    assert "Shutting down: Master" in mounted.log()


def test_requests_under_way_are_answered_after_sigterm(mounted: Mounted) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(mounted.tls()) for _ in range(50)]
        for client in clients:
            client.sendall(f"{HEAD}Content-Type: application/json\r\n\r\n{BODY[:10]}".encode())
        assert mounted.reviewed() == 200
        stopping = threading.Thread(target=mounted.server.stop)
        stopping.start()
        until(lambda: "Handling signal: term" in mounted.log())
        for client in clients:
            client.sendall(BODY[10:].encode())
        answers = [client.recv(4096).partition(b"\r\n")[0] for client in clients]
        stopping.join()
    assert answers == [b"HTTP/1.1 200 OK"] * 50
    assert "Shutting down: Master" in mounted.log()
