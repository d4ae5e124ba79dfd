"""`python -m mcsa_certificates [FOLDER]` makes and renews what our manifests ship empty.

FOLDER is where the pod's service account is mounted. It may run at any time, also twice at once.
"""

import datetime as dt
import logging
import sys
from pathlib import Path

from mcsa_certificates import desired, pki
from mcsa_certificates.api_server import ApiServer, ApiServerError, NotThereError, url
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object

_MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount"
_SECRETS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets"
_WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_LAST_YEAR = dt.timedelta(days=365)

log = logging.getLogger("certificates")


def main(api: ApiServer, now: dt.datetime) -> None:
    """The Secrets are filled, no certificate is due, and the API server trusts the webhook's."""
    held = api.settle(
        f"{_SECRETS}/{desired.AUTHORITY_KEY}", lambda secret: desired.authority_key(secret, now)
    )
    ca = desired.pair(held)
    if pki.ends(ca) - now < _LAST_YEAR:
        log.warning("the CA ends on %s: see README on how to replace it", pki.ends(ca).date())
    api.settle(f"{_SECRETS}/{desired.AUTHORITY}", lambda secret: desired.authority(secret, ca))
    for name in desired.LEAVES:
        leaf = api.settle(f"{_SECRETS}/{name}", lambda secret: desired.leaf(secret, ca, now))
        log.info("secret %s: valid until %s", name, pki.ends(desired.pair(leaf)).isoformat())
    api.settle(f"{_SECRETS}/{desired.TOKEN}", desired.token)
    trust_webhook(api, ca)


def trust_webhook(api: ApiServer, ca: pki.Pair) -> None:
    """The webhook's configuration has the CA, if it is installed at all."""

    def trusting(configuration: Object) -> Object:
        return desired.webhook(configuration, ca)

    try:
        api.settle(f"{_WEBHOOKS}/{desired.WEBHOOK}", trusting)
    except NotThereError:
        log.warning("there is no webhook %s, so nothing is mounted into pods", desired.WEBHOOK)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main(ApiServer(url(), Path(*sys.argv[1:2] or [_MOUNTED])), dt.datetime.now(dt.UTC))
    except (ApiServerError, desired.UnusableError) as error:
        sys.exit(f"Error: {error}")
