"""One trial of a size: until all imports are Ready, the steady state, and a restart."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from support.cluster.building import say
from support.loopback.gunicorns import HookServer
from tools.bench import trial
from tools.bench.scale import layout, profile, programs
from tools.bench.scale.looks import Looks
from tools.bench.source import Source
from tools.bench.trial import UNLIMITED, Trial

Usage = Mapping[str, float]


class Phase(NamedTuple):
    """How long something took, and the seconds of CPU of each program."""

    seconds: float
    cpu: Usage
    looks: int = 0


class Growth(NamedTuple):
    """What so many imports took."""

    size: int
    ready: Phase
    """Until the last import was Ready."""
    memory: Usage
    """MB by program, when all were."""
    steady: Phase
    restart: Phase
    """From the start of another Metacontroller until it has looked at all imports."""


@dataclass(frozen=True)
class Running:
    """A trial and its programs."""

    source: Source
    hooks: HookServer
    trial: Trial

    @property
    def processes(self) -> dict[str, int]:
        return programs.pids(self.hooks, self.trial, self.source)


def measured(source: Source, size: int, kind: str, steady_seconds: float) -> Growth:
    """A new target with so many imports has been through all of it."""
    pprof = profile.options()
    # No limit of requests, so that work is measured.
    settings = (*UNLIMITED, *pprof)
    target = layout.of_size(source, size, kind)
    with (
        tempfile.TemporaryDirectory() as folder,
        HookServer(Path(folder)) as hooks,
        trial.prepared(target, hooks.url, settings) as prepared,
    ):
        running = Running(source, hooks, prepared)
        with profile.taken(pprof, f"{size}-{kind.replace(' ', '-')}"):
            ready = _ready(running)
        memory = programs.memory(running.processes)
        growth = Growth(
            size, ready, memory, _steady(running, steady_seconds), _restarted(running, size)
        )
    say(f"{size:,} imports, {kind}: {ready.seconds:.1f} s, restart {growth.restart.seconds:.1f} s")
    return growth


def _ready(running: Running) -> Phase:
    processes, looks = running.processes, Looks(running.trial.engine.log)
    before = programs.cpu(processes)
    seconds = running.trial.seconds()
    cpu = _since(before, programs.cpu(processes))
    # Each Secret that was made causes one more look.
    looks.await_pause()
    return Phase(seconds, cpu, looks.count())


def _steady(running: Running, seconds: float) -> Phase:
    processes, looks = running.processes, Looks(running.trial.engine.log)
    before = programs.cpu(processes)
    time.sleep(seconds)
    return Phase(seconds, _since(before, programs.cpu(processes)), looks.count())


def _restarted(running: Running, size: int) -> Phase:
    engine = running.trial.engine
    before = programs.cpu(running.processes) | {programs.METACONTROLLER: 0.0}
    engine.stop()
    looks = Looks(engine.log)
    started = time.monotonic()
    engine.start()
    looks.await_imports(size)
    seconds = time.monotonic() - started
    return Phase(seconds, _since(before, programs.cpu(running.processes)), looks.count())


def _since(before: Usage, now: Usage) -> Usage:
    return {name: now[name] - before[name] for name in now}
