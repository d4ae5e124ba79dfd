"""What `kubemcsa status --check` says of sources that do not answer as they should."""

import json

import pytest
import trustme

from kubemcsa.diagnosis.probe import problems
from kubemcsa.output.command_lines import again
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from support.cluster.loopback import HOST, free_ports
from support.loopback import hostile
from support.loopback.certificates import ca_pem
from support.loopback.hostile import Behaviour, Hostile

STATUS = json.dumps({"kind": "Status", "message": "\x1b[31mhostile words"}).encode()
CLUSTER = "far"
UNREACHABLE = (
    "it cannot be reached from here at URL: CAUSE; that is a fault only if the target's pods can't"
    " reach it either. If its address or CA has changed, take back what is registered with"
    f" kubemcsa unbootstrap, then {again(CLUSTER)}."
)
REFUSED = (
    "it refuses the credential, which has expired, or whose service account or grant was deleted:"
    f" {again(CLUSTER)}."
)
NO_API = (
    "what answers at URL is no Kubernetes API (HTTP status CODE): see whether its address has"
    " changed, or a proxy stands before it."
)
ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "hangs up": (
        hostile.hang_up,
        UNREACHABLE.replace("CAUSE", "it ended the connection, or does not speak HTTP"),
    ),
    "401": (hostile.answer(STATUS, status="401 Unauthorized"), REFUSED),
    "403": (hostile.answer(STATUS, status="403 Forbidden"), NO_API.replace("CODE", "403")),
    "a page": (hostile.HTML, NO_API.replace("CODE", "200")),
    "a redirect": (hostile.BAD_REDIRECT, NO_API.replace("CODE", "302")),
    "429": (
        hostile.answer(STATUS, status="429 Too Many Requests"),
        "it is busy or failing (HTTP status 429): try again later.",
    ),
    "503": (
        hostile.answer(b"<html>", status="503 Service Unavailable"),
        "it is busy or failing (HTTP status 503): try again later.",
    ),
}


def probed(url: str, ca: str) -> str:
    access = Access(Endpoint(url, ca), "very-secret", "default")
    [sentence] = problems(CLUSTER, [access], [("default", "a")])
    assert "secret" not in sentence
    return sentence


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(case: str) -> None:
    behaviour, sentence = ANSWERS[case]
    with Hostile(behaviour) as server:
        assert probed(server.url, server.ca) == sentence.replace("URL", server.url)


def test_a_refused_connection() -> None:
    url = f"https://{HOST}:{free_ports(1)[0]}"
    sentence = UNREACHABLE.replace("URL", url).replace("CAUSE", "the connection is refused")
    assert probed(url, ca_pem(hostile.CA)) == sentence


def test_another_ca() -> None:
    with Hostile(hostile.silence) as server:
        cause = "its certificate is signed by another CA than the one that is given for it"
        sentence = UNREACHABLE.replace("URL", server.url).replace("CAUSE", cause)
        assert probed(server.url, ca_pem(trustme.CA())) == sentence


def test_a_ca_that_is_none() -> None:
    url = f"https://{HOST}:1"
    cause = "the CA of its credential is no certificate"
    ca = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
    assert probed(url, ca) == UNREACHABLE.replace("URL", url).replace("CAUSE", cause)
