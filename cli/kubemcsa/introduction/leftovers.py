"""What an introduction has left in a cluster, and which of it stays."""

from dataclasses import dataclass, field

from kubemcsa.api import namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import objects
from kubemcsa.introduction.objects import is_ours, title
from kubemcsa.output.listing import listing
from mcsa_core.names import SYSTEM_NAMESPACE


@dataclass
class Leftovers:
    """What can be deleted, in this order, and remarks about what stays."""

    revocable: list[Object] = field(default_factory=list)
    """What tokens of the source end with; the rest is deleted when they have ended."""
    deletable: list[Object] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def objects(self) -> list[Object]:
        """All that can be deleted."""
        return self.revocable + self.deletable

    def take(self, cluster: Cluster, body: Object) -> bool:
        """Add the object at the path of `body` if it is ours; whether there is one that stays."""
        existing = cluster.get(object_path(body))
        if existing and not is_ours(existing):
            self.remarks.append(f"{title(body)} was not made by kubemcsa, and stays.")
            return True
        if existing:
            self.deletable.append(existing)
        return False

    def take_namespace(self, cluster: Cluster) -> None:
        """Add the system namespace if it is ours and nothing stays in it."""
        namespace = cluster.get(object_path(objects.namespace()))
        if namespace is None or not is_ours(namespace):
            return
        deletable = {object_path(body) for body in self.objects}
        try:
            contents = namespaces.contents(cluster, SYSTEM_NAMESPACE)
            remaining = [path for path in contents if path not in deletable]
        except ClusterError as error:
            self.remarks.append(f"the namespace stays, as its contents can't be listed: {error}")
            return
        if remaining:
            names = [path.partition(f"/namespaces/{SYSTEM_NAMESPACE}/")[2] for path in remaining]
            self.remarks.append(f"the namespace stays, with {listing(names)}.")
        else:
            self.deletable.append(namespace)
