"""An introduction as a value: what it makes and deletes in the two clusters."""

from dataclasses import dataclass

from kubemcsa.api.object_paths import Object
from kubemcsa.introduction import objects, rights, token_policy
from kubemcsa.introduction.scope import Scope
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import SYSTEM_NAMESPACE


@dataclass(frozen=True)
class Plan:
    """What `kubemcsa bootstrap` is about to do, made of input that was checked."""

    source_name: str
    """What imports call the source."""
    target_name: str
    """What the source calls the target: the name of its identity there."""
    scope: Scope
    endpoint: Endpoint
    """The source as the target reaches it."""
    seconds: int
    """How long each credential is to be valid."""
    earlier_rights: list[Object]
    """The roles and bindings that the identity has in the source already."""

    @property
    def source_objects(self) -> list[Object]:
        """What the source gets, in this order: the policy is there before any right."""
        return [
            objects.namespace(),
            *token_policy.policy(),
            objects.service_account(self.target_name),
            *rights.roles_and_bindings(self.target_name, self.scope),
        ]

    @property
    def obsolete_rights(self) -> list[Object]:
        """The roles and bindings of earlier runs that the scope does not come to any more."""
        return rights.without(
            self.earlier_rights, rights.roles_and_bindings(self.target_name, self.scope)
        )

    @property
    def widens(self) -> bool:
        """Whether an earlier run limited the identity, and this one does not."""
        kinds = {body["kind"] for body in self.earlier_rights}
        limited = "RoleBinding" in kinds and "ClusterRoleBinding" not in kinds
        return limited and not self.scope.limited

    def target_objects(self, token: str = "") -> list[Object]:
        """What the target gets, in this order; for a dry run without a token in the Secret."""
        access = Access(self.endpoint, token, SYSTEM_NAMESPACE)
        return [
            objects.namespace(),
            objects.credential(self.source_name, access),
            objects.renewal(self.source_name, self.target_name, self.seconds),
        ]
