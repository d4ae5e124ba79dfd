"""How gunicorn serves both applications: `gunicorn -c python:mcsa_hooks.gunicorn_config ...`.

`--certfile` and `--keyfile` make it TLS, 1.2 or later; they are read anew when they change. With
`MCSA_METRICS_ADDRESS=HOST:PORT` each worker serves its metrics there. How large a body may be is
the applications' business.
"""

import os
from pathlib import Path
from typing import Any

import gevent

from mcsa_hooks.serving import logs, metrics_server, tls

# Names are resolved without threads, of which a few that nobody answers for would take all.
gevent.config.resolver = "ares"

# Go clients dial spare connections and leave them idle: with gevent these cost no thread.
worker_class = "mcsa_hooks.serving.worker.Worker"
# More pods rather than more workers; without this line $WEB_CONCURRENCY would decide.
workers = 1
# More than the worker keeps: a connection is accepted before another one makes room for it.
worker_connections = 1024

# Go clients, probes and a service mesh send far less: these bound what an unfinished header holds.
limit_request_line = 1024
limit_request_fields = 32
limit_request_field_size = 2048

# Go clients keep idle connections for 90 s; a server that hangs up first fails their next request.
keepalive = 120
# An idle kept-alive connection holds the shutdown for all of this.
graceful_timeout = 5
# It would be made under $HOME, which is read-only in the image.
control_socket_disable = True
_memory = Path("/dev/shm")  # noqa: S108 - the file has no name there
# For the file that is the worker's sign of life: /tmp may be read-only, or a disk that is slow.
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
logconfig_dict = logs.configuration()


def on_starting(arbiter: Any) -> None:
    """Nothing starts if its worker could not be scraped."""
    if (address := os.environ.get("MCSA_METRICS_ADDRESS")) is None:
        return
    if arbiter.cfg.workers > 1:
        raise SystemExit(
            "MCSA_METRICS_ADDRESS: each worker would tell of itself alone: run one, and more pods."
        )
    try:
        # Alone: there is no worker yet whose address it could be.
        metrics_server.listener(address, shared=False).close()
    except (ValueError, OSError) as error:
        raise SystemExit(f"MCSA_METRICS_ADDRESS: {error}.") from None


def post_worker_init(worker: Any) -> None:
    """The worker can be scraped."""
    if address := os.environ.get("MCSA_METRICS_ADDRESS"):
        metrics_server.serve(address, worker)


def post_request(_worker: object, _request: object, _environ: object, _response: object) -> None:
    """Let the others have their turn: a client that is quick with its next request would go on."""
    gevent.sleep(0)


def ssl_context(config: Any, _default: object) -> tls.Listener:
    """What takes connections over TLS: here and in each worker."""
    return tls.Listener(Path(config.certfile), Path(config.keyfile))
