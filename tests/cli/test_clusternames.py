import pytest

from kubemcsa.errors import InputError
from kubemcsa.introduction import cluster_names
from mcsa_core.names import is_subdomain


@pytest.mark.parametrize(
    ("name", "length", "legal"),
    [
        ("Cluster_1", 63, "cluster-1"),
        ("https://x.y:6443", 63, "https-x.y-6443"),
        (".a..b.", 63, "a.b"),
        ("kind-" + "x" * 63, 63, "x" * 63),
        ("ab.cd", 3, "cd"),
        ("äöü", 63, "cluster"),
        ("", 63, "cluster"),
        ("Default", 63, "cluster"),
    ],
)
def test_legal(name: str, length: int, legal: str) -> None:
    assert cluster_names.legal(name, length) == legal
    assert is_subdomain(legal, max(length, 7))


@pytest.mark.parametrize("name", ["default", "mcsa-certificates"])
def test_a_target_is_no_service_account_that_is_there_already(name: str) -> None:
    with pytest.raises(InputError, match=f"the target's name can't be {name}, which is"):
        cluster_names.check(name, "cluster2")
