"""The import path against servers that lie, hang, drip or are somebody else."""

import base64
import datetime as dt
import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from flask.testing import FlaskClient

from support.cluster.loopback import HOST, free_ports
from support.cluster.waiting import until
from support.loopback import hostile
from support.loopback.gunicorns import HookServer
from support.loopback.hostile import Behaviour, Hostile
from support.loopback.proxy import EndlessProxy, Proxy
from support.samples import world

METACONTROLLER_GIVES_UP = 10
OWN_MACHINE = (
    "That address is the machine that the hooks run on, not the cluster's: ask an administrator to"
    " run kubemcsa bootstrap --target-context TARGET_CONTEXT --source-context SOURCE_CONTEXT"
    " --source-name cluster2 --source-server URL."
)


def unreachable(words: str) -> tuple[str, str]:
    """The reason and the message of a source that can't be reached."""
    return "ClusterUnreachable", f"Cluster cluster2 cannot be reached at {words}"


def slow(server: Hostile) -> tuple[str, str]:
    """The reason and the message of a source that takes too long."""
    words = f"Cluster cluster2 does not answer in time at {server.url}. {OWN_MACHINE}"
    return "ClusterUnreachable", words


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HookServer]:
    with HookServer(tmp_path_factory.mktemp("hooks")) as hooks:
        yield hooks


def address(server: Hostile) -> Any:
    """How clusters reach the server."""
    return {"server": server.url, "ca": server.ca}


def request(server: str, ca: str, bearer: str = "opaque") -> Any:
    address = {"server": server, "ca": ca}
    credential = world.credential(bearer=bearer, **address)
    return world.request(credential, child=world.owned(address=address))


def post(hooks: HookServer, body: Any) -> Any:
    url = f"{hooks.url}/serviceaccountimports/sync"
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(sent, timeout=METACONTROLLER_GIVES_UP) as response:
        return json.loads(response.read())


def said(answer: Any) -> tuple[str, str]:
    condition = answer["status"]["conditions"][0]
    return condition["reason"], condition["message"]


def processes(hooks: HookServer) -> list[Path]:
    """What /proc has on the server's processes."""
    commands = Path("/proc").glob("[0-9]*/cmdline")
    return [c.parent for c in commands if f"{HOST}:{hooks.port}" in _read(c)]


def forget_peak(hooks: HookServer) -> int:
    """The memory of the server's processes now, in KiB, which is their peak from now on."""
    for process in processes(hooks):
        (process / "clear_refs").write_text("5")
    return peak(hooks)


def peak(hooks: HookServer) -> int:
    """The most memory that the server's processes have had since, in KiB."""
    found = (re.search(r"VmHWM:\s+(\d+)", _read(p / "status")) for p in processes(hooks))
    return sum(int(one[1]) for one in found if one)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


SLOW: dict[str, Behaviour | None] = {
    "no handshake": None,
    "silence": hostile.silence,
    "a byte of a header at a time": hostile.drip_headers,
    "a byte of the body at a time": hostile.drip_body,
    "a byte of a TLS record at a time": hostile.drip_record,
}


@pytest.mark.slow
def test_deadline_over_every_byte(hooks: HookServer) -> None:
    """All of them at once, each answered before Metacontroller gives up, and a healthy one soon."""
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        servers = [stack.enter_context(Hostile(behaviour)) for behaviour in SLOW.values()]
        bodies = [request(server.url, server.ca) for server in servers]
        pending = [pool.submit(post, hooks, body) for body in bodies]
        with Hostile(hostile.healthy) as well:
            meanwhile = post(hooks, request(well.url, well.ca))
        assert not any(future.done() for future in pending)
        answers = [future.result() for future in pending]
        again = [post(hooks, body) for body in bodies]
        # From now on they are left alone for some seconds.
        assert [len(server.requests) for server in servers] == [0, *[1] * (len(SLOW) - 1)]
        assert list(map(said, again)) == list(map(said, answers))
    assert said(meanwhile)[0] != "ClusterUnreachable"
    assert {name: said(answer) for name, answer in zip(SLOW, answers, strict=True)} == {
        name: slow(server) for name, server in zip(SLOW, servers, strict=True)
    }
    kept = [[world.desired(**address(server))] for server in servers]
    assert [answer["children"] for answer in answers] == kept


@pytest.mark.slow
def test_nobody_queues_up_behind_those_who_wait(hooks: HookServer) -> None:
    with Hostile(hostile.silence) as server, ThreadPoolExecutor(32) as pool:
        body = request(server.url, server.ca)

        def answered() -> set[Future[Any]]:
            return wait([pool.submit(post, hooks, body)], timeout=0.5).done

        pending = [pool.submit(post, hooks, body) for _ in range(4)]
        until(lambda: len(server.requests) == 4)
        [meanwhile] = until(answered)
        assert not any(future.done() for future in pending)
        answers = [future.result() for future in pending]
    assert {said(answer) for answer in (*answers, meanwhile.result())} == {slow(server)}


@pytest.mark.parametrize(
    "behaviour",
    [
        hostile.too_much,
        hostile.GZIP_BOMB,
        hostile.REDIRECT_BOMB,
        hostile.BAD_REDIRECT,
        hostile.DEEP,
        hostile.HTML,
        hostile.hang_up,
        hostile.headers_without_end,
        hostile.continues_without_end,
        hostile.trailers_without_end,
        hostile.chunks_of_a_byte,
    ],
)
def test_rubbish(hooks: HookServer, behaviour: Behaviour) -> None:
    with Hostile(hostile.healthy) as server:
        post(hooks, request(server.url, server.ca))
    before = forget_peak(hooks)
    with Hostile(behaviour) as server:
        answer = post(hooks, request(server.url, server.ca))
    assert said(answer)[0] == "ClusterUnreachable"
    assert answer["children"] == [world.desired(**address(server))]
    assert peak(hooks) - before < 20 * 1024


def test_a_proxy_that_answers_without_end(hooks: HookServer) -> None:
    """And never pauses: the deadline is for those who wait."""
    with EndlessProxy() as proxy, Hostile(hostile.healthy) as server:
        config = world.credential(server=server.url, ca=server.ca, proxy_url=proxy.url)
        answer = post(hooks, world.request(config, child=world.owned()))
    assert said(answer)[0] == "ClusterUnreachable"
    assert answer["children"] == [world.desired()]


def test_no_program_listens(hooks: HookServer) -> None:
    server = f"https://{HOST}:{free_ports(1)[0]}"
    answer = post(hooks, request(server, world.ca()))
    assert said(answer) == unreachable(f"{server}: connection refused. {OWN_MACHINE}")


def test_black_hole(hooks: HookServer) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server((HOST, 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        server = f"https://{HOST}:{full.getsockname()[1]}"
        answer = post(hooks, request(server, world.ca()))
    assert said(answer) == unreachable(f"{server}: the connection timed out. {OWN_MACHINE}")


def test_a_name_that_no_server_knows(hooks: HookServer) -> None:
    answer = post(hooks, request("https://cluster2.invalid", world.ca()))
    assert said(answer) == unreachable("https://cluster2.invalid: no such host.")


def test_a_proxy_that_does_not_listen(hooks: HookServer) -> None:
    proxy = f"http://somebody:password@{HOST}:{free_ports(1)[0]}"
    config = world.credential(server="https://cluster2.invalid", proxy_url=proxy)
    answer = post(hooks, world.request(config))
    words = "https://cluster2.invalid: its proxy-url gives no connection."
    assert said(answer) == unreachable(words)


@pytest.mark.parametrize(
    ("certificate", "ca"),
    [
        (None, world.ca()),
        (hostile.CA.issue_cert("127.0.0.2"), None),
        (hostile.CA.issue_cert(HOST, not_after=dt.datetime(2021, 1, 1, tzinfo=dt.UTC)), None),
    ],
    ids=["another CA", "another name", "expired"],
)
def test_certificates(
    client: FlaskClient, certificate: trustme.LeafCert | None, ca: str | None
) -> None:
    with Hostile(hostile.healthy, certificate) as server:
        body = request(server.url, ca or server.ca)
        answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert said(answer)[0] == "ClusterUnreachable"
    assert "TLS" in said(answer)[1]
    assert server.requests == []


def test_public_cas_are_not_trusted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Hostile(hostile.healthy) as server:
        bundle = tmp_path / "bundle"
        bundle.write_text(server.ca)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(bundle))
        body = request(server.url, world.ca())
        answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert "TLS" in said(answer)[1]
    assert server.requests == []


def test_no_proxy_of_the_environment(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HOST}:{free_ports(1)[0]}")
    with Hostile(hostile.healthy) as server:
        client.post("/serviceaccountimports/sync", json=request(server.url, server.ca))
    assert len(server.requests) >= 1


def test_a_ca_that_is_none(client: FlaskClient) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
    body = request("https://127.0.0.1:1", broken)
    answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert said(answer)[0] == "CredentialInvalid"
    assert "certificate-authority-data" in said(answer)[1]


def test_a_proxy_and_the_name_of_the_server(client: FlaskClient) -> None:
    with Hostile(hostile.healthy, hostile.CA.issue_cert("127.0.0.2")) as server, Proxy() as proxy:
        reached = address(server) | {"proxy_url": proxy.url, "tls_server_name": "127.0.0.2"}
        config = world.credential(bearer="opaque", **reached)
        body = world.request(config, child=world.owned(address=reached))
        answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert said(answer)[0] == "TokenIssued"
    assert proxy.asked == [server.url.removeprefix("https://")]
    written = yaml.safe_load(base64.b64decode(answer["children"][0]["data"]["config"]))
    carried = written["clusters"][0]["cluster"]
    assert (carried["proxy-url"], carried["tls-server-name"]) == (proxy.url, "127.0.0.2")


def test_redirects_are_not_followed(client: FlaskClient) -> None:
    with Hostile(hostile.healthy) as elsewhere:
        redirect = hostile.answer(b"", f"Location: {elsewhere.url}/", status="307 Temporary")
        with Hostile(redirect) as server:
            body = request(server.url, server.ca)
            answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert said(answer) == (
        "ClusterUnreachable",
        "Cluster cluster2 answers with HTTP status 307.",
    )
    assert (len(server.requests), elsewhere.requests) == (1, [])


def test_connections_are_kept_alive_and_cookies_are_not(client: FlaskClient) -> None:
    review = json.dumps(world.review()).encode()
    cookie = hostile.answer(review, "Set-Cookie: a=b; Path=/", f"Date: {world.date()['Date']}")
    with Hostile(cookie) as server:
        for _ in range(2):
            client.post("/serviceaccountimports/sync", json=request(server.url, server.ca))
    assert (len(server.requests), server.connections) == (2, 1)
    assert all("Cookie" not in sent for sent in server.requests)
    assert all("Accept-Encoding: identity" in sent for sent in server.requests)


def test_a_mute_cluster_does_not_slow_down_a_healthy_one(hooks: HookServer) -> None:
    review = json.dumps(world.review()).encode()
    steady = hostile.answer(review, f"Date: {world.date()['Date']}")
    with ThreadPoolExecutor(80) as pool, Hostile(hostile.silence) as mute, Hostile(steady) as well:
        bodies = [request(server.url, server.ca) for server in (mute, well) for _ in range(40)]
        answered = as_completed([pool.submit(post, hooks, body) for body in bodies])
        first = [said(next(answered).result())[0] for _ in range(40)]
    rest = [said(future.result())[0] for future in answered]
    assert (first, rest) == (["TokenIssued"] * 40, ["ClusterUnreachable"] * 40)
