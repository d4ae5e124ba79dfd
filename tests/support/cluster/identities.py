"""What the identities of target clusters may do in the source, by real requests."""

from functools import partial
from pathlib import Path

from mcsa_core.token import claims
from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

SYSTEM = "multicluster-service-account"


class Identity:
    """The service account of a target in its source, by the credential in a Secret."""

    def __init__(
        self, target: ControlPlane, source: ControlPlane, secret: str, config: Path
    ) -> None:
        values = decoded(get(target, "secret", "-n", SYSTEM, secret))
        config.write_text(values["config"])
        self._config = config
        self._token = values["token"]
        self._source = source

    def kubectl(self, *args: str) -> str:
        """What the source answers; ClusterError if it refuses."""
        return self._source.kubectl(f"--kubeconfig={self._config}", *args)

    def refusal(self, *args: str) -> str:
        """What the source says against it; empty if it does not refuse."""
        try:
            self.kubectl(*args)
        except ClusterError as error:
            if "orbidden" not in str(error):
                raise
            return str(error)
        return ""

    def may_import(self, account: str) -> bool:
        """Whether it may do all that an import of the account takes; never just a part of it."""
        return not any(self.refusal(*args) for args in self._calls(account))

    def _calls(self, account: str) -> list[tuple[str, ...]]:
        """What an import of the account takes: a token bound as the hooks bind it."""
        namespace, name = account.split("/")
        token = claims(self._token)
        grant = token.secret_name if token else None
        bound = ("--bound-object-kind=Secret", f"--bound-object-name={grant}") if grant else ()
        return [
            ("get", "serviceaccount", name, "-n", namespace),
            ("create", "token", name, "-n", namespace, *bound),
        ]

    def await_import(self, account: str) -> None:
        """It may import the account, as soon as the source has noticed."""
        until(lambda: self.may_import(account))

    def await_refusal(self, account: str) -> None:
        """It may not do any part of it, as soon as the source has noticed."""
        for args in self._calls(account):
            until(partial(self.refusal, *args))
