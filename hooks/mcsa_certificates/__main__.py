"""`python -m mcsa_certificates [FOLDER]` fills the Secrets that deploy/ ships empty; renews them.

FOLDER is where the service account of the pod is mounted. The command may run at any time, also
twice at the same time.
"""

import datetime as dt
import logging
import sys
import time
from pathlib import Path

from mcsa_certificates import desired, pki
from mcsa_certificates.api_server import ApiServer, ApiServerError, NotThereError, url
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE

_MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount"
_SECRETS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets"
_WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_CA_NOTICE = dt.timedelta(days=365)
_WEBHOOK_SECONDS = 30

log = logging.getLogger("certificates")


def main(api: ApiServer, now: dt.datetime) -> None:
    """The Secrets are filled, no certificate is due, and the API server trusts the webhook's."""
    ca_secret = api.settle(
        f"{_SECRETS}/{desired.AUTHORITY_KEY}", lambda secret: desired.authority_key(secret, now)
    )
    ca = desired.pair(ca_secret)
    if pki.ends(ca) - now < _CA_NOTICE:
        log.warning(
            "the CA ends on %s: see docs/install.md on how to replace it", pki.ends(ca).date()
        )
    api.settle(f"{_SECRETS}/{desired.AUTHORITY}", lambda secret: desired.authority(secret, ca))
    for name in desired.LEAVES:
        leaf_secret = api.settle(f"{_SECRETS}/{name}", lambda secret: desired.leaf(secret, ca, now))
        end = pki.ends(desired.pair(leaf_secret))
        log.info("secret %s: valid until %s", name, end.isoformat())
    api.settle(f"{_SECRETS}/{desired.TOKEN}", desired.token)
    trust_webhook(api, ca)


def trust_webhook(api: ApiServer, ca: Pair) -> None:
    """The webhook's configuration, if there is one within 30 s, has the CA.

    `kubectl apply -k deploy` creates it after the Job.
    """
    deadline = time.monotonic() + _WEBHOOK_SECONDS
    while True:
        try:
            api.settle(
                f"{_WEBHOOKS}/{desired.WEBHOOK}",
                lambda configuration: desired.webhook(configuration, ca),
            )
        except NotThereError:
            if time.monotonic() > deadline:
                log.warning(
                    "there is no webhook %s, so nothing is mounted into pods", desired.WEBHOOK
                )
                return
        else:
            return
        time.sleep(1)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main(ApiServer(url(), Path(*sys.argv[1:2] or [_MOUNTED])), dt.datetime.now(dt.UTC))
    except (ApiServerError, desired.UnusableError) as error:
        sys.exit(f"Error: {error}")
