"""Sequences of runs for two targets: the rights and grants are those of a model beside them."""

from itertools import count

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kubemcsa.main import main
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.scopes import grants, rights
from support.samples.scope_model import ANY, Run, Target
from support.samples.scope_model import rights as rights_of_model

pytestmark = pytest.mark.cluster

SPACES = ("model-a", "model-b")
ACCOUNTS = [(space, name) for space in SPACES for name in ("lister", "writer", ANY)]
NUMBERS = count()

named = st.frozensets(st.sampled_from(ACCOUNTS), min_size=1, max_size=2)
runs = st.one_of(
    st.builds(Run, named=named),
    st.just(Run()),
    st.builds(Run, named=named, replace=st.just(True), revoke=st.booleans()),
    st.builds(Run, named=named, replace=st.just(True), revoke=st.just(True)),
    st.just(Run(everything=True)),
    st.just(Run(unbootstrap=True)),
)


@pytest.fixture(scope="module")
def spaces(cluster2: ControlPlane) -> None:
    """The namespaces of the accounts."""
    for space in SPACES:
        cluster2.kubectl("create", "namespace", space)


class Pair:
    """A target of cluster2 by a name of its own, and its model."""

    def __init__(self, target: ControlPlane, source: ControlPlane, name: str) -> None:
        self._source, self._name = ApiClient(source), f"{name}-t"
        self._model = Target()
        self._uids: dict[tuple[str, int], str] = {}
        self._flags = [
            f"--target-kubeconfig={target.kubeconfig}",
            f"--source-kubeconfig={source.kubeconfig}",
            f"--target-name={name}-t",
            f"--source-name={name}",
        ]

    def run(self, run: Run) -> None:
        command, *arguments = run.arguments()
        result = CliRunner().invoke(main, [command, *self._flags, *arguments])
        assert result.exit_code == 0, result.output
        self._model.after(run)

    def check(self) -> None:
        scope = self._model.scope if self._model.has_rights else None
        assert rights(self._source, self._name) == rights_of_model(self._name, scope)
        uids = grants(self._source, self._name)
        assert uids.keys() == self._model.grants.keys()
        for key in self._model.grants.items():
            # A grant is made anew if and only if the model says so.
            assert self._uids.setdefault(key, uids[key[0]]) == uids[key[0]]
        assert len(set(self._uids.values())) == len(self._uids)


@given(sequence=st.lists(st.tuples(st.booleans(), runs), min_size=2, max_size=7))
# Each example takes seconds: without Phase.shrink a failure takes no minutes.
@settings(max_examples=15, phases=(Phase.explicit, Phase.generate))
def test_any_sequence_of_runs(
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    spaces: None,
    sequence: list[tuple[bool, Run]],
) -> None:
    name = f"model-{next(NUMBERS)}"
    pairs = [Pair(cluster1, cluster2, f"{name}-{side}") for side in ("first", "second")]
    for is_second, run in sequence:
        pairs[is_second].run(run)
        for pair in pairs:
            pair.check()
