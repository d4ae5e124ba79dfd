"""How gunicorn serves both applications: `gunicorn -c python:mcsa_hooks.gunicorn_config ...`.

With `--certfile` and `--keyfile` it serves TLS, 1.2 or later, and reads both files again when they
change. With `MCSA_METRICS_ADDRESS=HOST:PORT` the worker serves its metrics there. The length of
bodies is limited in web.py.
"""

import gc
import os
from pathlib import Path
from typing import Any

import gevent

from mcsa_hooks.serving import logs, metrics_server, tls

# The c-ares resolver instead of gevent's thread pool, all of whose threads a few name servers that
# don't answer could block.
gevent.config.resolver = "ares"

# Go clients dial spare connections and leave them idle; with gevent these need no thread each.
worker_class = "mcsa_hooks.serving.worker.Worker"
# To scale, run more pods. Without this line $WEB_CONCURRENCY sets the number.
workers = 1
# More than serving/slow_clients.py keeps: a connection is accepted, then another one is dropped.
worker_connections = 1024

# Go clients, probes and a service mesh send far less. These limits bound the memory for unfinished
# headers.
limit_request_line = 1024
limit_request_fields = 32
limit_request_field_size = 2048

# Go clients keep idle connections for 90 s; a server that hangs up first fails their next request.
keepalive = 120
# Seconds. An idle kept-alive connection delays the shutdown by all of them.
graceful_timeout = 5
# The control socket would be created below $HOME, which is read-only in the image.
control_socket_disable = True
_memory = Path("/dev/shm")  # noqa: S108 - gunicorn unlinks the file at once
# For the file that the worker touches once a second: /tmp may be read-only, or a slow disk.
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
logconfig_dict = logs.configuration()


def on_starting(arbiter: Any) -> None:
    """Exit with one sentence if the worker could not serve its metrics."""
    if (address := os.environ.get("MCSA_METRICS_ADDRESS")) is None:
        return
    if arbiter.cfg.workers > 1:
        raise SystemExit(
            "MCSA_METRICS_ADDRESS: a scrape would reach one of several workers: run one worker, and"
            " more pods."
        )
    try:
        # Not shared: no worker listens at the address yet.
        metrics_server.listener(address, shared=False).close()
    except (ValueError, OSError) as error:
        raise SystemExit(f"MCSA_METRICS_ADDRESS: {error}.") from None


def post_worker_init(worker: Any) -> None:
    """The worker serves its metrics, and looks for garbage only in what requests leave."""
    # A full collection would visit all modules too: 17 ms in which no request is answered.
    gc.collect()
    gc.freeze()
    # A sync's request has about 600 objects, which live until the source has answered.
    gc.set_threshold(5000)
    if address := os.environ.get("MCSA_METRICS_ADDRESS"):
        metrics_server.serve(address, worker)


def post_request(_worker: object, _request: object, _environ: object, _response: object) -> None:
    """Yield to the event loop: a client that sends its next request at once would keep the CPU."""
    gevent.sleep(0)


def ssl_context(config: Any, _default: object) -> tls.Listener:
    """A TLS listener that reads the files again; gunicorn asks for it here and in each worker."""
    return tls.Listener(Path(config.certfile), Path(config.keyfile))
