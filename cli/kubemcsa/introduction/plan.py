"""An introduction as a value: what it makes and deletes in the two clusters."""

from dataclasses import dataclass, field

from kubemcsa.api.object_paths import Object
from kubemcsa.introduction import fallback, grants, objects, rights, token_policy
from kubemcsa.introduction.earlier import Earlier
from kubemcsa.introduction.scope import Scope, ScopeRequest
from kubemcsa.output.command_lines import Commands
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name


@dataclass(frozen=True)
class Plan:
    """What `kubemcsa bootstrap` is about to do, made of input that was checked."""

    source_name: str
    """What imports call the source."""
    target_name: str
    """What the source calls the target: the name of its identity there."""
    request: ScopeRequest
    endpoint: Endpoint
    """The source as the target reaches it."""
    seconds: int
    """How long each credential is to be valid."""
    earlier: Earlier = field(default_factory=Earlier)
    """What the source has of the identity already."""
    wants_fallback: bool = False
    commands: Commands = field(default_factory=Commands)
    """For messages."""

    @property
    def scope(self) -> Scope:
        """What the target may import in the end."""
        return self.request.scope(self.earlier.scope)

    @property
    def has_fallback(self) -> bool:
        """Whether the first credential never expires: a run asked for that once."""
        return self.wants_fallback or self.earlier.fallback is not None

    @property
    def grant(self) -> str | None:
        """The Secret to which all tokens are bound, None if to none."""
        return grant_name(self.target_name) if self.scope.limited else None

    @property
    def grants(self) -> list[Object]:
        """The grants that the source has in the end, but for those of namespaces that were left."""
        if not self.scope.limited:
            return []
        namespaces = (SYSTEM_NAMESPACE, *self.scope.names())
        return [grants.grant(self.target_name, namespace) for namespace in namespaces]

    @property
    def lost(self) -> Scope:
        """What the target could import before and can't after the run."""
        return (self.earlier.scope or Scope()).beyond(self.scope)

    @property
    def revoked_grants(self) -> list[Object]:
        """The grants to delete before anything else."""
        return [body for body in self.earlier.grants if self._is_revoked(body)]

    @property
    def renewed_grants(self) -> list[Object]:
        """The grants to make after all else: until then no token can be bound to them."""
        return [body for body in self.grants if self._is_revoked(body)]

    def _is_revoked(self, grant: Object) -> bool:
        """Whether --revoke ends what is bound to a grant: not where every account of before stays.

        Nor the credential's own, of the system namespace.
        """
        namespace, before = grant["metadata"]["namespace"], self.earlier.scope or Scope()
        known = before.limited and namespace in before.names()
        stays = known and namespace not in self.lost.names()
        return self.request.revoke and namespace != SYSTEM_NAMESPACE and not stays

    def restores(self, body: Object) -> bool:
        """Whether `body` is a grant that is missing where the scope of before has accounts."""
        before, namespace = self.earlier.scope, body["metadata"].get("namespace")
        if body not in self.grants or before is None or not before.limited:
            return False
        existing = self.earlier.existing(body)
        is_missing = existing is None or not grants.is_alive(existing)
        return is_missing and namespace in (SYSTEM_NAMESPACE, *before.names())

    @property
    def source_objects(self) -> list[Object]:
        """What the source gets, in this order: the policies are there before any right."""
        return [
            objects.namespace(),
            *token_policy.policy(),
            objects.service_account(self.target_name),
            *([fallback.fallback(self.target_name)] if self.has_fallback else []),
            *self.grants,
            *rights.roles_and_bindings(self.target_name, self.scope),
        ]

    @property
    def obsolete_rights(self) -> list[Object]:
        """The roles and bindings of earlier runs that the scope does not come to any more.

        Roles are first: what is left if a run is killed is the scope that is in effect.
        """
        bodies = rights.roles_and_bindings(self.target_name, self.scope)
        obsolete = rights.without(self.earlier.rights, bodies)
        return sorted(obsolete, key=lambda body: body["kind"] != "Role")

    @property
    def is_settled(self) -> bool:
        """Whether the source has just the rights and grants of the plan already."""
        before = self.earlier.scope
        if before is None or not before.equals(self.scope):
            return False
        bodies = rights.roles_and_bindings(self.target_name, self.scope)
        necessary = rights.without([*bodies, *self.grants], [rights.cluster_role()])
        living = [*self.earlier.rights, *filter(grants.is_alive, self.earlier.grants)]
        return not (rights.without(necessary, living) or self.obsolete_rights)

    def target_objects(self, token: str = "") -> list[Object]:
        """What the target gets, in this order; for a dry run without a token in the Secret."""
        access = Access(self.endpoint, token, SYSTEM_NAMESPACE)
        # A token that never expires does not say itself to which grant tokens are to be bound.
        grant = self.grant if self.has_fallback else None
        return [
            objects.namespace(),
            objects.credential(self.source_name, access, grant),
            objects.renewal(self.source_name, self.target_name, self.seconds, self.scope),
        ]
