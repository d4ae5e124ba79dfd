"""What the identities of target clusters may do in the source, by real requests."""

from pathlib import Path

from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

SYSTEM = "multicluster-service-account"


class Identity:
    """The service account of a target in its source, by the credential in a Secret."""

    def __init__(
        self, target: ControlPlane, source: ControlPlane, secret: str, config: Path
    ) -> None:
        config.write_text(decoded(get(target, "secret", "-n", SYSTEM, secret))["config"])
        self._config = config
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
        namespace, name = account.split("/")
        calls = (("get", "serviceaccount", name), ("create", "token", name))
        refusals = [self.refusal(*args, "-n", namespace) for args in calls]
        return not any(refusals)

    def await_import(self, account: str) -> None:
        """It may import the account, as soon as the source has noticed."""
        until(lambda: self.may_import(account))

    def await_refusal(self, account: str) -> None:
        """It may not do any part of it, as soon as the source has noticed."""
        namespace, name = account.split("/")
        until(lambda: self.refusal("get", "serviceaccount", name, "-n", namespace))
        until(lambda: self.refusal("create", "token", name, "-n", namespace))
