import base64
from typing import Any

import pytest

from mcsa_core import kubeconfig_writer, secret
from mcsa_core.endpoint import AccessError
from support.samples import world


def encoded(**values: str) -> dict[str, Any]:
    names = {"ca": "ca.crt"}
    items = ((names.get(key, key), value) for key, value in values.items())
    return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in items}}


def test_written_and_read_back() -> None:
    access = world.access("secret", tls_server_name="kubernetes")
    data = secret.data("name", access)
    assert tuple(data) == secret.KEYS
    assert secret.access({"data": data}) == access


def test_the_largest_access_is_read_back() -> None:
    """Its kubeconfig is short enough."""
    url = "https://c/" + "%" * 1014
    largest = world.access("x" * 16384, server=url, proxy_url=url.replace("https", "http"))
    largest = world.reached(largest, ca=_certificates(32768), tls_server_name="x" * 63 + ".x" * 95)
    assert secret.access({"data": secret.data("n" * 63, largest)}) == largest


def _certificates(length: int) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"
    return begin + "A" * (length - len(begin + end)) + end


def test_just_a_kubeconfig() -> None:
    access = world.access("secret")
    assert secret.access(encoded(config=kubeconfig_writer.dump("any", access))) == access


def test_just_the_other_keys() -> None:
    found = encoded(server=world.SERVER, ca=world.ca(), namespace="n", token="secret")
    assert secret.access(found) == world.access("secret", namespace="n")


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        ({}, "server is not an https URL"),
        ({"data": None}, "server is not an https URL"),
        (encoded(config="{}"), "contexts is missing or empty"),
        (encoded(server=world.SERVER), "certificate-authority-data holds no PEM certificate"),
        (encoded(server=world.SERVER, ca=world.ca()), "token is missing or malformed"),
        ({"data": {"config": "!"}}, "config is not text in base64"),
        ({"data": {"config": 1}}, "config is not text in base64"),
        ({"data": {"config": "/w=="}}, "config is not text in base64"),
    ],
)
def test_refused(found: dict[str, Any], refusal: str) -> None:
    with pytest.raises(AccessError) as raised:
        secret.access(found)
    assert str(raised.value) == refusal
