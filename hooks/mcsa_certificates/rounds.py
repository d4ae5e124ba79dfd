"""One round: what is missing in the Secrets and in the webhook's configuration is written."""

import datetime as dt

from mcsa_certificates import desired, pki
from mcsa_certificates.api_server import ApiServer
from mcsa_core.names import SYSTEM_NAMESPACE

_SECRETS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets"
_WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_CA_NOTICE = dt.timedelta(days=365)


def complete(api: ApiServer, now: dt.datetime) -> list[str]:
    """The Secrets are filled, no certificate is due, and clients trust those that servers have.

    Returns what an administrator should know. ApiServerError or UnusableError if it can't be done.
    """
    ca = desired.pair(
        api.settle(
            f"{_SECRETS}/{desired.AUTHORITY_KEY}", lambda secret: desired.authority_key(secret, now)
        )
    )
    leaves = [desired.pair(api.get(f"{_SECRETS}/{name}")) for name in desired.LEAVES]
    authority = api.settle(
        f"{_SECRETS}/{desired.AUTHORITY}",
        lambda secret: desired.authority(secret, ca, leaves, now),
    )
    leaves = [
        desired.pair(
            api.settle(
                f"{_SECRETS}/{name}", lambda secret: desired.leaf(secret, ca, authority, now)
            )
        )
        for name in desired.LEAVES
    ]
    api.settle(f"{_SECRETS}/{desired.TOKEN}", desired.token)
    # The last one: `kubectl apply -k deploy` creates it after the rest.
    api.settle(
        f"{_WEBHOOKS}/{desired.WEBHOOK}",
        lambda configuration: desired.webhook(configuration, authority),
    )
    notices = []
    if pki.ends(ca) - now < _CA_NOTICE:
        notices.append(f"the CA ends on {pki.ends(ca).date()}: docs/install.md replaces it.")
    if not all(pki.has_signed(ca.load_certificate(), leaf) for leaf in leaves):
        notices.append(
            "an earlier CA than that of mcsa-ca-key has signed a server's certificate: run the"
            " commands of docs/install.md that replace the CA again, to the end."
        )
    return notices
