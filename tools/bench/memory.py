"""The peak memory of a server's worker."""

from pathlib import Path

from support.loopback.gunicorns import Gunicorn


def peak(server: Gunicorn) -> float:
    """The most that its worker has held of the machine's memory so far, in MB; Linux only."""
    status = Path(f"/proc/{server.worker}/status").read_text().splitlines()
    [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6
