"""What a fault costs the users of imports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.cluster.api_client import ApiClient
from support.cluster.self_review import library
from support.cluster.waiting import until
from support.engine.batch import Batch
from support.engine.secret_watch import SecretWatch
from support.node.kubelet import Mount
from support.node.pod_client import PodClient, Window


@dataclass(frozen=True)
class Losses:
    """Counts of what went wrong."""

    secrets: int
    """Deleted, made anew, or never there."""
    wrong_tokens: int
    """Wrong states of Secrets, and tokens that the source refuses in the end."""
    failed_requests: int
    """Of a pod, outside of the fault itself."""


Report = Callable[[object], None]
"""Shows the counts of an Observer."""
NONE = Losses(secrets=0, wrong_tokens=0, failed_requests=0)


@dataclass(frozen=True)
class Observer:
    """A watch of a batch's Secrets, and a pod that mounts the first of them."""

    batch: Batch
    watch: SecretWatch
    pod: PodClient

    def renewals(self, batch: Batch) -> int:
        """How many tokens of these imports have been replaced."""
        return sum(self.watch.renewed.get(name, 0) for name in batch.subjects)

    def await_secrets(self, count: int) -> int:
        """How many imports have their Secrets, as soon as so many have."""
        until(lambda: len(self.watch.last) >= count, seconds=300)
        return len(self.watch.last)

    def await_renewals(self, batch: Batch) -> None:
        """The tokens of these imports have all been replaced."""
        renewed, names = self.watch.renewed, batch.subjects
        until(lambda: all(renewed.get(name, 0) > 0 for name in names), seconds=300)

    def losses(self, *excused: Window) -> Losses:
        """Where the pod's source has a fault itself, its requests may fail in these times."""
        subjects, secrets = self.batch.subjects, self.watch.last
        source = ApiClient(self.batch.stack.cluster2)
        refused = sum(
            _review(source, self.watch.token(name)) != subject
            for name, subject in subjects.items()
            if name in secrets
        )
        return Losses(
            secrets=self.watch.lost + len(subjects.keys() - secrets.keys()),
            wrong_tokens=self.watch.wrong + refused,
            failed_requests=len(self.pod.failed(*excused)),
        )

    def __str__(self) -> str:
        return (
            f"{len(self.batch.clusters)} imports, {self.watch.states} states of their Secrets,"
            f" {self.renewals(self.batch)} renewals, {self.pod.requests} requests of a pod"
            f" ({len(self.pod.failures)} failed, the fault's own included)"
        )


@contextmanager
def observe(batch: Batch, folder: Path) -> Iterator[Observer]:
    """All is observed while the `with` block lasts, and until the pod uses the last token."""
    (name, *_), (secret, *_) = batch.clusters, batch.subjects
    mount = Mount(folder / name)
    with SecretWatch(batch.stack.cluster1, batch.namespace, batch.subjects, mount) as watch:
        until((mount.folder / "config").exists)
        with PodClient(library(folder), batch.subjects[secret]) as pod:
            yield Observer(batch, watch, pod)
            until(lambda: pod.grants[-1:] == [watch.grant(secret)])


def _review(source: ApiClient, token: str) -> str:
    """The user name of a token (TokenReview); empty if the source refuses the token."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    status = source("POST", path, review | {"spec": {"token": token}})["status"]
    return str(status.get("user", {}).get("username", ""))
