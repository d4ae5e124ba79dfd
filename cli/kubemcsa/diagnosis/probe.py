"""What a source says, when it is called, of the credential that the target has for it."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect_as import connect_as
from kubemcsa.errors import ClusterError
from kubemcsa.output.command_lines import ANY_ACCOUNT, BOOTSTRAP, account_options, again
from mcsa_core.access import Access

_SHOWN = 10


def problems(
    name: str, accesses: list[Access], accounts: list[tuple[str, str]], command: str = BOOTSTRAP
) -> list[str]:
    """Why the source `name` would not give tokens of these accounts; empty if it would.

    Like the hooks it takes the first credential that the source accepts. Messages of the source
    are not repeated: it may be hostile.
    """
    sentence = "there is no credential to check it with."
    for access in accesses:
        try:
            source = connect_as(name, access)
            _review(source, "authentication", "SelfSubjectReview", {})
            refused = [account for account in accounts if not _may_import(source, account)]
        except ClusterError as error:
            sentence = _failure(access, error, again(name, command))
            if error.status != 401:
                break
        else:
            return [_lacking(refused, again(name, command))] if refused else []
    return [sentence]


def _review(source: Cluster, group: str, kind: str, spec: dict[str, object]) -> dict[str, object]:
    """The status of a review of that kind, which asks about the credential's own identity."""
    version = f"{group}.k8s.io/v1"
    body = {"apiVersion": version, "kind": kind, "spec": spec}
    review = source.create(f"/apis/{version}/{kind.lower()}s", body)
    return dict(review.get("status") or {})


def _may_import(source: Cluster, account: tuple[str, str]) -> bool:
    namespace, name = account
    attributes = {"namespace": namespace, "name": name, "resource": "serviceaccounts"}
    for verb in ({"verb": "get"}, {"verb": "create", "subresource": "token"}):
        spec: dict[str, object] = {"resourceAttributes": attributes | verb}
        if not _review(source, "authorization", "SelfSubjectAccessReview", spec).get("allowed"):
            return False
    return True


def _failure(access: Access, error: ClusterError, remedy: str) -> str:
    server = access.endpoint.server
    if error.status is None:
        return (
            f"it cannot be reached from here at {server}: {error.cause}; that is a fault only if"
            " the target's pods can't reach it either. If its address or CA has changed, take back"
            f" what is registered with kubemcsa unbootstrap, then {remedy}."
        )
    if error.status == 401:
        return (
            "it refuses the credential, which has expired, or whose service account or grant was"
            f" deleted: {remedy}."
        )
    if error.status == 429 or 500 <= error.status < 600:
        return f"it is busy or failing (HTTP status {error.status}): try again later."
    return (
        f"what answers at {server} is no Kubernetes API (HTTP status {error.status}): see whether"
        " its address has changed, or a proxy stands before it."
    )


def _lacking(refused: list[tuple[str, str]], remedy: str) -> str:
    names = ["/".join(account) for account in refused[:_SHOWN]]
    more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    accounts = account_options(refused[:_SHOWN])
    return (
        f"the credential may not import {', '.join(names)}{more}: {remedy}"
        f" {accounts or ANY_ACCOUNT}, or correct the imports. Of kube-* namespaces none ever may."
    )
