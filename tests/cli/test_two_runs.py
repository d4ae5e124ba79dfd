"""`kubemcsa bootstrap` twice at the same time, or killed and run again: as one after the other."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kubemcsa.api.cluster import Cluster
from kubemcsa.main import main
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.reading import decoded
from support.cluster.scopes import grants, rights
from support.samples.scope_model import ANY, Accounts, Run, Target
from support.samples.scope_model import rights as rights_of_model

pytestmark = pytest.mark.cluster

SPACES = ("two-runs-a", "two-runs-b")
X, Y, Z = (frozenset({(SPACES[0], name)}) for name in "xyz")
OTHER = frozenset({(SPACES[1], "x")})
WHOLE = frozenset({(SPACES[0], ANY)})
NUMBERS = count()
UNSHARED = 6
"""The first writes of a run are what it has in common with all others, and its identity."""


class Introduction:
    """A target of its own in cluster2."""

    def __init__(self, target: ControlPlane, source: ControlPlane) -> None:
        self.name = f"two-runs-{next(NUMBERS)}"
        self.source = ApiClient(source)
        self._target = ApiClient(target)
        self._flags = [
            f"--target-kubeconfig={target.kubeconfig}",
            f"--source-kubeconfig={source.kubeconfig}",
            f"--target-name={self.name}-t",
            f"--source-name={self.name}",
        ]

    def arguments(self, run: Run) -> list[str]:
        command, *arguments = run.arguments()
        return [command, *self._flags, *arguments]

    def run(self, run: Run) -> Result:
        result = CliRunner().invoke(main, self.arguments(run), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    def rights(self) -> Any:
        return rights(self.source, f"{self.name}-t")

    def check(self, *outcomes: Target) -> None:
        """Rights, grants and the credential are those of one of the outcomes."""
        matches = [
            outcome
            for outcome in outcomes
            if self.rights() == rights_of_model(f"{self.name}-t", outcome.scope)
        ]
        assert matches, self.rights()
        assert grants(self.source, f"{self.name}-t").keys() >= matches[0].grants.keys()
        path = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets/{self.name}"
        known = claims(decoded(self._target("GET", path))["token"])
        assert known is not None
        is_limited = ("ClusterRoleBinding", "") not in self.rights()
        assert (known.secret_name is not None) == is_limited


@pytest.fixture(scope="module", autouse=True)
def spaces(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """The namespaces of the accounts; what all runs share is there."""
    for space in SPACES:
        cluster2.kubectl("create", "namespace", space)
    Introduction(cluster1, cluster2).run(Run())


@pytest.fixture
def introductions(cluster1: ControlPlane, cluster2: ControlPlane) -> Iterator[Introduction]:
    """As many as a test takes."""
    return (Introduction(cluster1, cluster2) for _ in count())


def model(*runs: Run) -> Target:
    target = Target()
    for run in runs:
        target.after(run)
    return target


def at_write(
    monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], Any], *, before: bool
) -> Callable[[], bool]:
    """`act` happens once, before or after the n-th write; the result says whether it did."""
    done = 0

    def wrapped(method: Any) -> Any:
        def write(self: Cluster, *args: Any, **options: Any) -> Any:
            nonlocal done
            if str(args[0]).endswith(("/token", "reviews")):
                return method(self, *args, **options)
            done += 1
            is_due = done == number
            if is_due and before:
                act()
            result = method(self, *args, **options)
            if is_due and not before:
                act()
            return result

        return write

    for name in ("apply", "create", "replace", "merge", "delete"):
        monkeypatch.setattr(Cluster, name, wrapped(getattr(Cluster, name)))
    return lambda: done >= number


PAIRS: dict[str, tuple[list[Run], Run, Run]] = {
    "one more each": ([Run(Z)], Run(X | OTHER), Run(Y)),
    "first runs": ([], Run(), Run(X)),
    "more and less": ([Run(X | OTHER)], Run(Y), Run(Y, replace=True)),
    "less and more": ([Run(X | OTHER)], Run(Y, replace=True), Run(Z)),
    "less at once, and more": ([Run(X | Y)], Run(X, replace=True, revoke=True), Run(Z)),
    "all and more": ([Run(X)], Run(everything=True), Run(Y | OTHER)),
    "limited and more": ([Run()], Run(X, replace=True), Run(Y)),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_run_within_another(introductions: Iterator[Introduction], pair: str) -> None:
    """Before each write of the one, the other runs from its beginning to its end."""
    earlier, one, other = PAIRS[pair]
    outcomes = model(*earlier, one, other), model(*earlier, other, one)
    for number in count(UNSHARED):
        introduction = next(introductions)
        for run in earlier:
            introduction.run(run)
        with pytest.MonkeyPatch.context() as patch:
            act = partial(introduction.run, other)
            has_acted = at_write(patch, number, act, before=True)
            introduction.run(one)
        if not has_acted():
            break
        introduction.check(*outcomes)
    assert number > UNSHARED + 4


KILLED: dict[str, tuple[list[Run], Run]] = {
    "first": ([], Run(X | OTHER)),
    "less": ([Run(X | Y | OTHER)], Run(X, replace=True)),
    "less at once": ([Run(X | Y | OTHER)], Run(X, replace=True, revoke=True)),
    "a namespace less at once": ([Run(WHOLE)], Run(X, replace=True, revoke=True)),
    "all": ([Run(X | OTHER)], Run(everything=True)),
    "limited": ([Run()], Run(X | OTHER, replace=True)),
}


@pytest.mark.parametrize("case", KILLED)
def test_killed_and_run_again(introductions: Iterator[Introduction], case: str) -> None:
    """After each write."""
    earlier, run = KILLED[case]
    number, killed = UNSHARED, True
    while killed:
        introduction = next(introductions)
        for one in earlier:
            introduction.run(one)
        before = grants(introduction.source, f"{introduction.name}-t")
        with pytest.MonkeyPatch.context() as patch:
            at_write(patch, number, _interrupt, before=False)
            result = CliRunner().invoke(main, introduction.arguments(run))
        killed = result.exit_code != 0
        introduction.run(run)
        outcome = model(*earlier, run)
        introduction.check(outcome)
        after = grants(introduction.source, f"{introduction.name}-t")
        assert after.keys() == outcome.grants.keys()
        kept = model(*earlier).grants.items() & outcome.grants.items()
        for namespace, uid in before.items():
            is_kept = namespace in dict(kept)
            assert (after.get(namespace) == uid) == is_kept
        number += 1
    assert number > UNSHARED + 3


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_processes_at_the_same_time(
    introductions: Iterator[Introduction], cluster2: ControlPlane
) -> None:
    for _ in range(2):
        introduction = next(introductions)
        names: list[Accounts] = [X, Y, Z, OTHER]
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "kubemcsa", *introduction.arguments(Run(named))],
                env=os.environ | {"KUBECONFIG": "/none"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for named in names
        ]
        for process in processes:
            output, _ = process.communicate(timeout=120)
            assert process.returncode == 0, output
        introduction.check(model(Run(X | Y | Z | OTHER)))
