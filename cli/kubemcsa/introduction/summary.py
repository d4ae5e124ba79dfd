"""The last line of bootstrap: which imports can be made now, and how long the credential lasts."""

from kubemcsa.api import lifetime
from kubemcsa.introduction.first_credential import FirstCredential
from kubemcsa.introduction.plan import Plan


def summary(plan: Plan, credential: FirstCredential, file: str | None = None) -> str:
    """What the target can import, its credential's life, and the clusterName; `file` holds it."""
    sentence = f"{plan.target_name} can now import {plan.scope} of {plan.source_name}"
    if file:
        sentence += f", once kubectl apply --server-side -f {file} has been run there"
    holder = f", which {file} holds," if file else ""
    life = "never expires"
    if credential.granted:
        seconds, expires = credential.granted.seconds, credential.granted.expires
        life = (
            f"is valid for {lifetime.text(seconds)}, until {expires}, and is renewed by"
            " Metacontroller and the hooks"
        )
    return (
        f"{sentence}. Its credential{holder} {life}. Imports in {plan.target_name} say"
        f" clusterName: {plan.source_name}."
    )
