"""The file with the target's objects, for an administrator of the target to apply."""

import base64
import hashlib

from kubemcsa.introduction.first_credential import FirstCredential
from kubemcsa.introduction.plan import Plan
from kubemcsa.output import manifests
from kubemcsa.output.terminal import visible
from mcsa_core.names import SYSTEM_NAMESPACE

_HEAD = """\
# Holds a credential for {source}, {expires}: keep it secret, and delete it once applied.
#
# Look at this before you apply it, and ask the sender whether it is right:
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


def text(plan: Plan, credential: FirstCredential) -> str:
    """The target's objects as YAML documents, below comments for its administrator."""
    authorities = [f"# CA (SHA-256) {digest}" for digest in fingerprints(plan.endpoint.ca)]
    granted = credential.granted
    head = _HEAD.format(
        source=plan.source_name,
        target=plan.target_name,
        server=plan.endpoint.server,
        authorities="\n".join(authorities),
        namespace=SYSTEM_NAMESPACE,
        expires=f"until {visible(granted.expires)}" if granted else "which never expires",
    )
    return head + manifests.documents(plan.target_objects(credential.token))


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
