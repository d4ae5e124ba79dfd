"""The steady state: syncs of an import that is Ready, each with one call of the source."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from mcsa_hooks.jsontypes import Object
from support.loopback.gunicorns import HookServer
from tools.bench import memory, pace, source, syncrequest
from tools.bench.floors import SOURCE, SYNC
from tools.bench.load import Load, in_turn, run
from tools.bench.source import Source
from tools.bench.tables import Row, Section, Table, memory_row, row

ROUNDS, REQUESTS, RENEWALS, PARALLEL = 8, 2000, 500, 20
ALONE = 500
REVIEW_LIMIT, HOOK_LIMIT = 1.25, 1.15
OTHERS, OTHERS_LIMIT = 8, 1.3
APPS = ("mcsa_hooks:sync_app()", "tools.bench.floors:review()", "tools.bench.floors:calls()")
TEXT = f"""\
{PARALLEL} clients, as many as Metacontroller has workers, post the sync request of an import
that is Ready, {REQUESTS:,} in each of {ROUNDS} rounds, to the hooks and to two Flask
applications. Each makes one SelfSubjectReview in the same source on a kept-alive
connection; the first ignores what it is sent, and answers with what it got; the second reads
the request and answers with a Secret, as a hook must. That, not the call of the source, is what a
sync takes beyond a bare review: the request is of 34 KB, with four Secrets. With {OTHERS} Secrets
beside the import's own it is of 112 KB, as Metacontroller sends each of them twice, and the answer
of 36 KB; the bare hook sends them back as it got them. {PARALLEL} clients keep the worker's core
busy: their pace is how much CPU a sync takes, most of which those Secrets cost any hook that reads
and writes them. One client that posts {ALONE} syncs, one by one, shows how long a sync takes.
Then {RENEWALS} syncs find no Secret, and as many a token that is due. The remote calls are counted
by the source. Memory is the most that the worker has held by then (VmHWM)."""


def measure() -> Section:
    """The hooks have been measured in turn with two bare Flask applications."""
    with source.running() as cluster2, ExitStack() as stack:
        environ = {SOURCE: str(cluster2.file)}
        hooks, bare, hook = (
            stack.enter_context(
                HookServer(Path(stack.enter_context(tempfile.TemporaryDirectory())), environ, app)
            )
            for app in APPS
        )
        body = syncrequest.steady(cluster2, hooks)
        steady, due = _load(body, REQUESTS), _load(syncrequest.due(cluster2, body), RENEWALS)
        ours, bare_review, bare_hook = in_turn([(s, steady) for s in (hooks, bare, hook)], ROUNDS)
        full = _load(syncrequest.with_others(body, hooks, OTHERS), REQUESTS)
        loads = [(server, load) for server in (hooks, hook) for load in (full, steady)]
        loads += [(hooks, load._replace(requests=ALONE, parallel=1)) for load in (full, steady)]
        with_others, without, bare_with_others, bare_without, one_with_others, one = in_turn(
            loads, ROUNDS
        )
        first = _load(syncrequest.first(body), RENEWALS)
        calls = [
            _calls(cluster2, hooks, "first sync", first, 1),
            _calls(cluster2, hooks, "sync", steady, 1),
            _calls(cluster2, hooks, "renewal", due, 2),
        ]
        worker = memory_row("memory per worker", memory.peak(hooks), memory.peak(bare))
    tables = [
        Table(
            ("parallel syncs", "hooks", "bare review"),
            [*pace.rows(ours, bare_review, REVIEW_LIMIT), worker],
        ),
        Table(("parallel syncs", "hooks", "bare hook"), pace.rows(ours, bare_hook, HOOK_LIMIT)),
        Table(
            ("parallel syncs", f"with {OTHERS} Secrets beside its own", "with none"),
            pace.rows(with_others, without, OTHERS_LIMIT),
        ),
        Table(
            ("one sync at a time", f"with {OTHERS} Secrets beside its own", "with none"),
            pace.rows(one_with_others, one, OTHERS_LIMIT),
        ),
        Table(
            ("parallel syncs of the bare hook", f"with {OTHERS} other Secrets", "with none"),
            pace.rows(bare_with_others, bare_without),
        ),
        Table(("calls of the source", "hooks", "needed"), calls),
    ]
    return Section("Steady state", TEXT, tables)


def _load(body: Object, requests: int) -> Load:
    return Load(SYNC, json.dumps(body).encode(), requests, PARALLEL)


def _calls(cluster2: Source, hooks: HookServer, what: str, load: Load, needed: int) -> Row:
    before = cluster2.requests()
    run(hooks, load)
    each = (cluster2.requests() - before).total() / load.requests
    return row(f"per {what}", f"{each:.2f}", f"{needed}", each / needed, 1)
