"""The file by which a source's administrator hands a registration to the target's."""

import base64
import hashlib

from kubemcsa.api.object_paths import Object
from kubemcsa.api.token_request import Granted
from kubemcsa.output import manifests
from kubemcsa.output.terminal import visible
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import SYSTEM_NAMESPACE

_HEAD = """\
# Holds a credential for {source}, until {expires}: keep it secret, and delete it once applied.
#
# Look at this before you apply it, and ask who sent it whether it is right:
# Server       {server}
{authorities}
# Identity     service account {namespace}/{target} of that cluster
#
# It makes the namespace {namespace} and, in there, a Secret and a
# ServiceAccountImport named {source}. Imports of clusterName {source} then call that server, with
# tokens of the accounts that the identity may have tokens of.
#
# If another cluster is registered by that name, deploy/policy-credentials.yaml refuses them: ask
# for a file with another --source-name. To apply it:
#
#   kubectl apply --server-side -f FILE
"""


def text(
    source_name: str, target_name: str, endpoint: Endpoint, granted: Granted, wanted: list[Object]
) -> str:
    """The objects as YAML documents, below comments for whoever is to apply them."""
    head = _HEAD.format(
        source=source_name,
        target=target_name,
        server=endpoint.server,
        authorities="\n".join(f"# CA (SHA-256) {digest}" for digest in fingerprints(endpoint.ca)),
        namespace=SYSTEM_NAMESPACE,
        expires=visible(granted.expires),
    )
    return head + manifests.documents(wanted)


def fingerprints(ca: str) -> list[str]:
    """The SHA-256 of each certificate of a PEM text, as `openssl x509 -fingerprint` writes it."""
    digests = []
    for block in ca.split("-----BEGIN CERTIFICATE-----")[1:]:
        try:
            der = base64.b64decode(block.partition("-----END")[0])
        except ValueError:
            digests.append("of what is no certificate")
        else:
            digests.append(hashlib.sha256(der).digest().hex(":").upper())
    return digests
