"""What the Secrets should hold, with a frozen clock."""

import base64
import copy
import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509 import DNSName
from cryptography.x509.verification import PolicyBuilder, Store

from mcsa_certificates import desired, pki
from mcsa_certificates.desired import UnusableError
from mcsa_certificates.pair import Pair

Object = dict[str, Any]
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
CA = pki.authority(NOW)
ISSUERS = [CA.load_certificate()]
NAMES = [
    "hooks.multicluster-service-account.svc",
    "hooks.multicluster-service-account",
    "hooks.multicluster-service-account.svc.cluster.local",
]


def empty(name: str) -> Object:
    """A Secret as it is shipped."""
    return {"kind": "Secret", "metadata": {"name": name, "resourceVersion": "1"}}


def filled(name: str, **data: str) -> Object:
    encoded = {
        key.replace("_", "."): base64.b64encode(value.encode()).decode()
        for key, value in data.items()
    }
    return empty(name) | {"data": encoded}


def test_a_new_authority() -> None:
    secret = desired.authority_key(empty(desired.AUTHORITY_KEY), NOW)
    assert pki.is_authority(desired.pair(secret), NOW)
    assert secret["metadata"] == empty(desired.AUTHORITY_KEY)["metadata"]


def test_an_authority_stays() -> None:
    secret = filled(desired.AUTHORITY_KEY, tls_crt=CA.certificate, tls_key=CA.key)
    assert desired.authority_key(copy.deepcopy(secret), NOW + 3649 * DAY) == secret


@pytest.mark.parametrize(
    "data",
    [
        {"tls_crt": CA.certificate},
        {"tls_crt": CA.certificate, "tls_key": pki.authority(NOW).key},
        {"tls_crt": "rubbish", "tls_key": CA.key},
        {"other": "data"},
        dict(zip(("tls_crt", "tls_key"), pki.leaf(CA, NAMES, NOW), strict=True)),
        dict(zip(("tls_crt", "tls_key"), pki.authority(NOW - 3651 * DAY), strict=True)),
    ],
    ids=["no key", "another key", "rubbish", "other data", "a leaf", "expired"],
)
def test_what_is_no_authority_is_left_to_its_owner(data: dict[str, str]) -> None:
    with pytest.raises(UnusableError) as raised:
        desired.authority_key(filled(desired.AUTHORITY_KEY, **data), NOW)
    assert str(raised.value) == (
        "secret multicluster-service-account/mcsa-ca-key holds no valid CA with its key:"
        " empty it, and a new one is made."
    )


def authority(*cas: Pair) -> Object:
    """The Secret of the CAs that clients trust."""
    return filled(desired.AUTHORITY, ca_crt="".join(ca.certificate for ca in cas))


def signed(*cas: Pair, at: dt.datetime = NOW) -> list[Pair]:
    return [pki.leaf(ca, NAMES, at) for ca in cas]


def test_the_authority_without_its_key() -> None:
    assert desired.authority(empty(desired.AUTHORITY), CA, [], NOW) == authority(CA)


OLD, OLDER, OLDEST = (pki.authority(NOW) for _ in range(3))


@pytest.mark.parametrize(
    ("held", "leaves", "expected"),
    [
        ([OLD], signed(OLD, OLD), [CA, OLD]),
        ([OLD], [Pair("", ""), Pair("", "")], [CA, OLD]),
        ([CA, OLD], signed(CA, OLD), [CA, OLD]),
        ([CA, OLD], signed(CA, CA, at=NOW - 14 * MINUTE), [CA, OLD]),
        ([CA, OLD], signed(CA, CA, at=NOW - 15 * MINUTE), [CA]),
        ([OLD, CA, OLD], signed(OLD, OLD), [CA, OLD]),
        ([OLD, OLDER, OLDEST], signed(OLDEST, OLDEST), [CA, OLDEST, OLD, OLDER]),
        ([pki.authority(NOW - 3650 * DAY), OLD], signed(OLD, OLD), [CA, OLD]),
    ],
    ids=[
        "a new CA",
        "no leaves",
        "one leaf is new",
        "new leaves on their way",
        "new leaves delivered",
        "another order",
        "three replacements that ended half way",
        "an expired one",
    ],
)
def test_earlier_authorities(held: list[Pair], leaves: list[Pair], expected: list[Pair]) -> None:
    secret = desired.authority(authority(*held), CA, leaves, NOW)
    assert secret == authority(*expected)
    assert desired.authority(secret, CA, leaves, NOW) == secret


def test_no_more_than_four_authorities() -> None:
    secret = authority(OLD)
    leaves = signed(OLD, OLD)
    for _ in range(6):
        ca = pki.authority(NOW)
        before, secret = secret, desired.authority(secret, ca, leaves, NOW)
    bundle, last = (base64.b64decode(s["data"]["ca.crt"]).decode() for s in (secret, before))
    assert bundle.count("BEGIN") == 4
    assert bundle.startswith(ca.certificate)
    assert OLD.certificate in bundle
    assert last[: len(ca.certificate)] in bundle


@pytest.mark.parametrize("bundle", ["", "rubbish", CA.certificate[:100]])
def test_an_unreadable_bundle_is_replaced(bundle: str) -> None:
    secret = filled(desired.AUTHORITY, ca_crt=bundle)
    assert desired.authority(secret, CA, signed(OLD, OLD), NOW) == authority(CA)


def test_a_new_leaf_is_good_for_its_service() -> None:
    made = desired.pair(desired.leaf(empty("mcsa-hooks-tls"), CA, authority(CA), NOW))
    store = Store([x509.load_pem_x509_certificate(CA.certificate.encode())])
    for name in NAMES:
        verifier = PolicyBuilder().store(store).time(NOW).build_server_verifier(DNSName(name))
        verifier.verify(x509.load_pem_x509_certificate(made.certificate.encode()), [])
    assert pki.ends(made) == NOW + 90 * DAY


@pytest.mark.parametrize(
    ("later", "stays"),
    [(DAY, True), (59 * DAY, True), (60 * DAY, False), (91 * DAY, False), (-DAY, False)],
)
def test_a_leaf_is_renewed_after_two_thirds_of_its_life(later: dt.timedelta, stays: bool) -> None:
    secret = desired.leaf(empty("mcsa-hooks-tls"), CA, authority(CA), NOW)
    renewed = desired.leaf(copy.deepcopy(secret), CA, authority(CA), NOW + later)
    assert (renewed == secret) is stays
    assert not pki.is_due(desired.pair(renewed), ISSUERS, NAMES, NOW + later)


def test_a_leaf_does_not_outlive_its_authority() -> None:
    late = NOW + 3640 * DAY
    assert pki.ends(pki.leaf(CA, NAMES, late)) == pki.ends(CA)


OTHER = pki.leaf(CA, ["elsewhere"], NOW)
ELSEWHERE = pki.leaf(pki.authority(NOW), NAMES, NOW)
GOOD = pki.leaf(CA, NAMES, NOW)


@pytest.mark.parametrize(
    "pair",
    [OTHER, ELSEWHERE, GOOD._replace(key=OTHER.key), GOOD._replace(key=""), Pair("x", "y")],
    ids=["other names", "another CA", "another key", "no key", "rubbish"],
)
def test_what_does_not_fit_is_replaced(pair: Pair) -> None:
    secret = filled("mcsa-hooks-tls", tls_crt=pair.certificate, tls_key=pair.key)
    made = desired.pair(desired.leaf(secret, CA, authority(CA, OLD), NOW))
    assert not pki.is_due(made, ISSUERS, NAMES, NOW)


@pytest.mark.parametrize(("later", "stays"), [(DAY, True), (60 * DAY, False)])
def test_a_leaf_of_an_earlier_authority(later: dt.timedelta, stays: bool) -> None:
    """It stays while clients trust that CA; the next one is of the new CA."""
    pair = pki.leaf(OLD, NAMES, NOW)
    secret = filled("mcsa-hooks-tls", tls_crt=pair.certificate, tls_key=pair.key)
    renewed = desired.leaf(copy.deepcopy(secret), CA, authority(CA, OLD), NOW + later)
    assert (renewed == secret) is stays
    assert pki.has_signed(ISSUERS[0], desired.pair(renewed)) is not stays


def tokens(secret: Object) -> list[str]:
    """The token, and then those that the hooks accept."""
    data = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert data.keys() == {"token", "accepted"}
    return [data["token"], *data["accepted"].split("\n")]


def test_the_bearer_token() -> None:
    made = desired.token(empty(desired.TOKEN))
    token, accepted = tokens(made)
    assert len(token) >= 43
    assert accepted == token
    assert desired.token(copy.deepcopy(made)) == made


def test_a_bearer_token_is_replaced() -> None:
    """`token` is emptied, then `accepted`."""
    first, *_ = tokens(replaced := desired.token(filled(desired.TOKEN, accepted="old\nolder\n")))
    assert tokens(replaced) == [first, first, "old", "older"]
    del replaced["data"]["accepted"]
    assert tokens(desired.token(replaced)) == [first, first]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"token": "own"}, ["own", "own"]),
        ({"token": "own\n", "accepted": " "}, ["own", "own"]),
        ({"token": "own", "accepted": "old"}, ["own", "own", "old"]),
        ({"token": "own", "accepted": "a own a"}, ["own", "own", "a"]),
        ({"token": "own", "accepted": "a b c d e"}, ["own", "own", "a", "b", "c"]),
    ],
)
def test_a_bearer_token_of_ones_own(data: dict[str, str], expected: list[str]) -> None:
    assert tokens(desired.token(filled(desired.TOKEN, **data))) == expected


def test_a_blank_bearer_token_is_none() -> None:
    first, *accepted = tokens(desired.token(filled(desired.TOKEN, token=" \n", accepted="old")))
    assert len(first) >= 43
    assert accepted == [first, "old"]


def test_the_webhook_keeps_what_else_it_says() -> None:
    client = {"service": {"name": "admission"}, "caBundle": "b2xk"}
    configuration = {"metadata": {}, "webhooks": [{"name": "a", "clientConfig": client}]}
    changed = desired.webhook(configuration, authority(CA, OLD))
    bundle = base64.b64encode((CA.certificate + OLD.certificate).encode()).decode()
    expected = {"name": "a", "clientConfig": client | {"caBundle": bundle}}
    assert changed == {"metadata": {}, "webhooks": [expected]}
    assert desired.webhook(changed, authority(CA, OLD)) == changed


def test_a_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(CA)
