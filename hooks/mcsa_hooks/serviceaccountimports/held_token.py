"""The token that an import's Secret holds, where it can be the right one."""

from dataclasses import dataclass, replace

from mcsa_core import kubeconfig_writer
from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.credential_order import Credential
from mcsa_core.endpoint import AccessError, Endpoint
from mcsa_core.token import Claims
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport, SyncRequest
from mcsa_hooks.serviceaccountimports.token_renewal import MIN_AGE, is_right


@dataclass(frozen=True)
class HeldToken:
    """A token of the imported account, for a cluster that is registered."""

    access: Access
    claims: Claims
    is_fresh: bool
    """Whether the Secret was written less than 30 s ago."""

    def is_for(self, credential: Credential) -> bool:
        """Whether the token and `credential` are for the same endpoint."""
        return self.access.endpoint == credential.access.endpoint


def read(
    request: SyncRequest, claims: Claims | None, credentials: tuple[Credential, ...], now: float
) -> HeldToken | None:
    """The token that the import's Secret holds, which has `claims`; None if it can't be right.

    The name of the cluster may have been registered anew, for another cluster: the token is only
    for an endpoint that the Secret itself names.
    """
    secret = child.owned(request)
    if secret is None or claims is None or not is_right(claims, request.sai):
        return None
    endpoints = [credential.access.endpoint for credential in credentials]
    access = _access(request.sai, secret, endpoints)
    return HeldToken(access, claims, child.is_fresh(secret, now, MIN_AGE)) if access else None


def _access(sai: ServiceAccountImport, secret: Object, endpoints: list[Endpoint]) -> Access | None:
    """The access that `secret` gives, if it is to one of `endpoints`; else None."""
    token, config = child.token(secret) or "", secrets.value(secret, "config")
    for endpoint in endpoints:
        # To write a kubeconfig takes a hundredth of the time that reading it takes.
        candidate = Access(endpoint, token, sai.account_namespace)
        if config == kubeconfig_writer.dump(sai.name, candidate):
            return candidate
    try:
        access = secrets.access(secret)
    except AccessError:
        return None
    is_registered = access.endpoint in endpoints and access.token == token
    return replace(access, namespace=sai.account_namespace) if is_registered else None
