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
DAY = dt.timedelta(days=1)
CA = pki.authority(NOW)
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


def test_the_authority_without_its_key() -> None:
    secret = desired.authority(empty(desired.AUTHORITY), CA)
    assert secret == filled(desired.AUTHORITY, ca_crt=CA.certificate)


def test_a_new_leaf_is_good_for_its_service() -> None:
    made = desired.pair(desired.leaf(empty("mcsa-hooks-tls"), CA, NOW))
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
    secret = desired.leaf(empty("mcsa-hooks-tls"), CA, NOW)
    renewed = desired.leaf(copy.deepcopy(secret), CA, NOW + later)
    assert (renewed == secret) is stays
    assert not pki.is_due(desired.pair(renewed), CA, NAMES, NOW + later)


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
    made = desired.pair(desired.leaf(secret, CA, NOW))
    assert not pki.is_due(made, CA, NAMES, NOW)


def test_the_bearer_token() -> None:
    made = desired.token(empty(desired.TOKEN))
    assert len(base64.b64decode(made["data"]["token"])) >= 43
    assert desired.token(copy.deepcopy(made)) == made
    blank = filled(desired.TOKEN, token=" \n")
    assert desired.token(blank)["data"] != blank["data"]


def test_the_webhook_keeps_what_else_it_says() -> None:
    client = {"service": {"name": "admission"}, "caBundle": "b2xk"}
    configuration = {"metadata": {}, "webhooks": [{"name": "a", "clientConfig": client}]}
    changed = desired.webhook(configuration, CA)
    bundle = base64.b64encode(CA.certificate.encode()).decode()
    expected = {"name": "a", "clientConfig": client | {"caBundle": bundle}}
    assert changed == {"metadata": {}, "webhooks": [expected]}
    assert desired.webhook(changed, CA) == changed


def test_a_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(CA)
