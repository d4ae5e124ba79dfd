"""The hooks and their floors in turn, each with a new target that is full of imports."""

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from support.cluster.building import say
from support.loopback.gunicorns import HookServer
from tools.bench import memory, trial
from tools.bench.floors import SOURCE
from tools.bench.source import Source
from tools.bench.trial import Target, imported

OURS, CALLS, CONSTANT, EARLIER = "hooks", "bare calls", "constant Secret", "earlier hooks"
EARLIER_CHECKOUT = os.environ.get("MCSA_BENCH_EARLIER", "")
"""A checkout of an earlier commit, whose hooks take part too; empty if there is none."""
HOOKS = {
    OURS: "mcsa_hooks:sync_app()",
    CALLS: "tools.bench.floors:calls()",
    CONSTANT: "tools.bench.floors:constant()",
    **({EARLIER: "mcsa_hooks:sync_app()"} if EARLIER_CHECKOUT else {}),
}
"""The applications by what the tables call them."""


class Reading(NamedTuple):
    """Seconds until all imports were Ready, and memory, of one hook."""

    seconds: float
    memory: float
    """MB of its worker."""


def in_turn(source: Source, size: int, number: int) -> dict[str, Reading]:
    """A round: each hook has made `size` imports Ready; `number` turns their order."""
    names, first = list(HOOKS), number % len(HOOKS)
    return {name: _reading(source, name, size) for name in names[first:] + names[:first]}


def _reading(source: Source, name: str, size: int) -> Reading:
    names = [f"import-{number}" for number in range(size)]
    credential, environ = source.credential, {SOURCE: str(source.file)}
    if name == EARLIER:
        # Release 0.1 binds no token to a grant, which a scope would ask for.
        credential = source.unlimited
        environ["PYTHONPATH"] = os.pathsep.join(f"{EARLIER_CHECKOUT}/{p}" for p in ("lib", "hooks"))
    target = Target(source.namespace, [credential], list(map(imported, names)), names)
    with (
        tempfile.TemporaryDirectory() as folder,
        HookServer(Path(folder), environ, HOOKS[name]) as hooks,
    ):
        reading = Reading(trial.seconds(target, hooks.url), memory.peak(hooks))
    say(f"{size:,} imports, {name}: {reading.seconds:.1f} s, {reading.memory:.0f} MB")
    return reading
