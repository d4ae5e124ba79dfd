"""The Secrets of spec.secrets, beside the import's own: how they should be, how they are."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from mcsa_core.access import Access
from mcsa_core.names import Reason
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child, variables
from mcsa_hooks.serviceaccountimports.not_ready import NotReadyError
from mcsa_hooks.serviceaccountimports.request import SyncRequest
from mcsa_hooks.serviceaccountimports.secret_template import SecretTemplate

MAX_DATA = 64 * 1024
"""Bytes of a Secret, as many as the largest kubeconfig has."""


class OtherSecrets(NamedTuple):
    """Those that can be written, and why the first of those that can't be is not there."""

    secrets: tuple[Object, ...]
    problem: NotReadyError | None


def desired(request: SyncRequest, access: Access) -> OtherSecrets:
    """The Secrets that give `access`, each in its own form."""
    sai = request.sai
    if not sai.templates:
        return OtherSecrets((), None)
    values = variables.values(sai, access)
    secrets, taken, too_large = [], [], []
    for template in sai.templates:
        if not child.is_writable(sai, request.others.get(template.name)):
            taken.append(template.name)
        elif (data := _data(template, values)) is None:
            too_large.append(template.name)
            secrets += _kept(request, template)
        else:
            secrets.append(child.opaque(sai, _metadata(template), data))
    problem = _conflict(taken) if taken else None
    if too_large and not problem:
        problem = _too_large(too_large[0])
    return OtherSecrets(tuple(secrets), problem)


def as_observed(request: SyncRequest) -> tuple[Object, ...]:
    """Those that are there, with the values that they have, right or wrong, of what we write."""
    return tuple(kept for template in request.sai.templates for kept in _kept(request, template))


def _kept(request: SyncRequest, template: SecretTemplate) -> list[Object]:
    """The Secret of `template` as observed; none if it is not there, or not the import's."""
    sai, secret = request.sai, request.others.get(template.name)
    if secret is None or not sai.controls(secret):
        return []
    sections = {"labels": template.labels, "annotations": template.annotations}
    metadata: Object = {"name": template.name} | {
        key: child.picked(secret["metadata"].get(key), section) for key, section in sections.items()
    }
    # All of the data: a key that the import does not name any more is still of use.
    kept = child.opaque(sai, metadata, secret.get("data") or {})
    return [kept | {"type": secret.get("type", "Opaque")}]


def _metadata(template: SecretTemplate) -> Object:
    return {
        "name": template.name,
        "labels": template.labels,
        "annotations": template.annotations,
    }


def _data(template: SecretTemplate, values: variables.Values) -> Object | None:
    """The data in base64; None if it has more than MAX_DATA bytes."""
    data, left = {}, MAX_DATA
    for key, parts in template.data.items():
        expanded = variables.expand(parts, values, left)
        encoded = (expanded or "").encode()
        left -= len(encoded)
        if expanded is None or left < 0:
            return None
        data[key] = base64.b64encode(encoded).decode()
    return data


def _conflict(names: Sequence[str]) -> NotReadyError:
    return NotReadyError(
        Reason.SECRET_CONFLICT,
        f"What exists by the name of Secret {', '.join(names)} is not what this import can write:"
        " delete it, or choose another name in spec.secrets. The other Secrets are up to date.",
    )


def _too_large(name: str) -> NotReadyError:
    return NotReadyError(
        Reason.NOT_ALLOWED,
        f"Secret {name} of spec.secrets would hold more than {MAX_DATA // 1024} KiB: shorten its"
        " data. The other Secrets are up to date.",
    )
