"""What earlier runs have left in the source for the identity of a target."""

from dataclasses import dataclass, field

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.introduction import fallback, grants, rights
from kubemcsa.introduction.scope import Scope


@dataclass(frozen=True)
class Earlier:
    """Objects of the source, as they were read."""

    rights: list[Object] = field(default_factory=list)
    """Roles and bindings, without the ClusterRole, which all targets share."""
    grants: list[Object] = field(default_factory=list)
    fallback: Object | None = None

    @property
    def scope(self) -> Scope | None:
        """The scope of before; None if there was no run, or none that got as far as the grants."""
        return rights.scope(self.rights) if self.rights or self.grants else None

    def existing(self, body: Object) -> Object | None:
        """The object at the path of `body`, if it is one of these."""
        candidates = [*self.rights, *self.grants, *filter(None, [self.fallback])]
        path = object_path(body)
        return next((known for known in candidates if object_path(known) == path), None)


def read(source: Cluster, target_name: str) -> Earlier:
    """What the source has of the target's identity now."""
    return Earlier(
        rights.find(source, target_name),
        grants.find(source, target_name),
        fallback.find(source, target_name),
    )
