import pytest

from mcsa_core import names


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        ("default", "cluster2-default-pod-lister", "cluster2-default-pod-lister-token-4wdax"),
        ("multicluster-service-account", "cluster2", "cluster2-token-ys4bs"),
    ],
)
def test_secret_name(namespace: str, name: str, expected: str) -> None:
    assert names.secret_name(namespace, name) == expected


@pytest.mark.parametrize(
    ("name", "label", "subdomain", "import_name"),
    [
        ("a", True, True, True),
        ("a-1", True, True, True),
        ("a.b", False, True, True),
        ("a" * 63, True, True, True),
        ("a" * 64, False, True, False),
        ("a" * 253, False, True, False),
        ("a" * 254, False, False, False),
        ("", False, False, False),
        ("-a", False, False, False),
        ("a-", False, False, False),
        ("a..b", False, False, False),
        ("A", False, False, False),
        ("a_b", False, False, False),
        ("a\n", False, False, False),
        ("ä", False, False, False),
    ],
)
def test_allowed_names(name: str, label: bool, subdomain: bool, import_name: bool) -> None:
    found = (names.is_label(name), names.is_subdomain(name), names.is_import_name(name))
    assert found == (label, subdomain, import_name)


def test_grant_name() -> None:
    assert names.grant_name("cluster1") == "multicluster-service-account.cluster1"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("cluster1", True),
        ("a.b", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        ("A", False),
        ("a/..", False),
        ("a\n", False),
    ],
)
def test_names_that_grants_can_have(target: str, expected: bool) -> None:
    assert names.is_grant_name(names.grant_name(target)) is expected


@pytest.mark.parametrize("name", ["", "cluster1", "multicluster-service-account", "x" * 300])
def test_names_that_no_grant_has(name: str) -> None:
    assert not names.is_grant_name(name)
