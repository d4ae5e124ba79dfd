from typing import Any

import pytest

from mcsa_core import access, endpoint
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from support.samples import world


def test_no_secret_in_a_repr() -> None:
    assert "secret" not in repr(world.access("secret", proxy_url="http://user:secret@p"))


SPACED = world.ca().replace("\n", "\u2028")
MANY = world.ca() * 100


def check(**rest: object) -> Access:
    """What becomes of good values, some of them replaced."""
    reached: dict[str, Any] = {"server": world.SERVER, "ca": world.ca()}
    known: dict[str, Any] = {"token": "secret", "namespace": "default"}
    known |= {key: rest.pop(key) for key in known.keys() & rest.keys()}
    return access.checked(endpoint.checked(**reached | rest), **known)


def test_good_values() -> None:
    assert check() == world.access("secret")
    assert check(proxy_url="", tls_server_name="") == world.access("secret")
    more = {"proxy_url": "http://user:secret@p:1", "tls_server_name": "kubernetes"}
    assert check(**more) == world.access("secret", **more)


@pytest.mark.parametrize(
    ("field", "said", "values"),
    [
        (
            "server",
            "server is not an https URL",
            [
                None,
                1,
                "http://c",
                "https://",
                "https://u:p@c",
                "https://c?q",
                "https://c#f",
                "https://c:99999",
                "https://c:0",
                "https://c:x",
                "https://c\nd",
                *(f"https://c/{character}" for character in '"\\$<>^`{|}'),
                "https://" + "c" * 1024,
            ],
        ),
        ("ca", "certificate-authority-data holds no PEM certificate", [None, 1, "", "PEM", SPACED]),
        ("ca", "certificate-authority-data holds more than 32 KiB of certificates", [MANY]),
        ("token", "token is missing or malformed", [None, 1, "", "a b", "a\nb", "é", "x" * 16385]),
        ("namespace", "namespace is not a string", [None, 1]),
        (
            "proxy_url",
            "proxy-url is not an http:// URL",
            [
                1,
                "socks5://p",
                "https://p",
                "http://",
                "http://u:é@p",
                'http://u:"@p',
                "http://u:$@p",
            ],
        ),
        (
            "tls_server_name",
            "tls-server-name is not the name of a host",
            [1, ".a", "a\0", "x" * 254, 'fe80::1%"', "fe80::1%$(token)", "$a", 'a"'],
        ),
    ],
)
def test_the_first_bad_value_is_named(field: str, said: str, values: list[object]) -> None:
    for value in values:
        with pytest.raises(AccessError) as raised:
            check(**{field: value})
        assert str(raised.value) == said


@pytest.mark.parametrize("name", ["kubernetes.default.svc", "UPPER.example", "10.0.0.1", "::1"])
def test_names_of_hosts(name: str) -> None:
    assert check(tls_server_name=name).endpoint.tls_server_name == name


def test_of_a_ca_file_only_certificates_travel_along() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    file = f"# Räuber\n{key}{world.ca()}text\n{world.ca()}{key}"
    assert check(ca=file).endpoint.ca == world.ca() * 2


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9:6443",
        "[::1]:6443",
        "localhost",
        "LOCALHOST:1",
        "a.localhost",
        "0.0.0.0",
        "169.254.1.1",
        "[fe80::1]",
    ],
)
def test_each_caller_means_itself(host: str) -> None:
    assert endpoint.is_own_machine(f"https://{host}/prefix")


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "cluster2.example", "localhost.example", "[2001:db8::1]:6443"]
)
def test_each_caller_means_the_same_machine(host: str) -> None:
    assert not endpoint.is_own_machine(f"https://{host}/prefix")
