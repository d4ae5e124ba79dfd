"""The hooks and their floors in turn, each with a new target that is full of imports."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from support.cluster.binaries import say
from support.loopback.gunicorns import HookServer
from tools.bench import memory, trial
from tools.bench.floors import SOURCE
from tools.bench.source import Source
from tools.bench.trial import UNLIMITED, Target, imported

OURS, CALLS, CONSTANT = "hooks", "bare calls", "constant Secret"
HOOKS = {
    OURS: "mcsa_hooks:sync_app()",
    CALLS: "tools.bench.floors:calls()",
    CONSTANT: "tools.bench.floors:constant()",
}
"""The applications by what the tables call them."""


class Reading(NamedTuple):
    """Seconds until all imports were Ready, and memory, of one hook."""

    seconds: float
    memory: float
    """MB of its worker."""


def in_turn(
    source: Source, size: int, number: int, settings: Sequence[str] = UNLIMITED
) -> dict[str, Reading]:
    """A round: each hook has made `size` imports Ready; `number` turns their order."""
    names, first = list(HOOKS), number % len(HOOKS)
    return {name: _reading(source, name, size, settings) for name in names[first:] + names[:first]}


def _reading(source: Source, name: str, size: int, settings: Sequence[str]) -> Reading:
    names = [f"import-{number}" for number in range(size)]
    target = Target(source.namespace, [source.credential], list(map(imported, names)), names)
    environ = {SOURCE: str(source.file)}
    with (
        tempfile.TemporaryDirectory() as folder,
        HookServer(Path(folder), environ, HOOKS[name]) as hooks,
    ):
        reading = Reading(trial.seconds(target, hooks.url, settings), memory.peak(hooks))
    say(f"{size:,} imports, {name}: {reading.seconds:.1f} s, {reading.memory:.0f} MB")
    return reading
