"""The audit log of an API server: how many calls of hooks it has at a time."""

import json
from datetime import datetime
from pathlib import Path

from mcsa_hooks.jsontypes import Object

_TOKENS = {"group": "", "resources": ["serviceaccounts/token"]}
_REVIEWS = {"group": "authentication.k8s.io", "resources": ["selfsubjectreviews"]}
_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "resources": [_TOKENS, _REVIEWS]}, {"level": "None"}],
}


class AuditLog:
    """A file that an API server writes when it has `flags`."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "audit.log"
        policy = folder / "audit-policy.yaml"
        policy.write_text(json.dumps(_POLICY))
        self.flags = [f"--audit-policy-file={policy}", f"--audit-log-path={self._log}"]

    def calls(self) -> list[Object]:
        """The requests for tokens and the reviews of tokens that it has answered so far."""
        return list(map(json.loads, self._log.read_text().splitlines()))

    def most_at_a_time(self) -> int:
        """Of how many of them it had the request, and had not answered yet, at the same time."""
        ends = [
            (datetime.fromisoformat(call[time]), change)
            for call in self.calls()
            for time, change in (("requestReceivedTimestamp", 1), ("stageTimestamp", -1))
        ]
        number = most = 0
        for _, change in sorted(ends):
            number += change
            most = max(most, number)
        return most
