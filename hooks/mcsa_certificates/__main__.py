"""`python -m mcsa_certificates FOLDER FILE` fills the Secrets that deploy/ ships empty, for ever.

FOLDER is where the service account of the pod is mounted. FILE exists while the last round has left
nothing to do. There is no state but in the Secrets: the program may be ended at any time, and run
twice at the same time.
"""

import datetime as dt
import logging
import signal
import sys
import time
from pathlib import Path

from mcsa_certificates import rounds
from mcsa_certificates.api_server import ApiServer, ApiServerError, url
from mcsa_certificates.desired import UnusableError

_SECONDS = 60
_SECONDS_AFTER_ERROR = 2

log = logging.getLogger("certificates")


def main(server: str, folder: Path, file: Path) -> None:
    """Round after round; a message is logged when the round before had not the same."""
    messages: list[str] = []
    while True:
        earlier_messages, messages = messages, attempt(server, folder, file)
        for message in messages:
            if message not in earlier_messages:
                log.warning(message)
        time.sleep(_SECONDS if file.exists() else _SECONDS_AFTER_ERROR)


def attempt(server: str, folder: Path, file: Path) -> list[str]:
    """What there is to say after a round; `file` exists if there was no error."""
    try:
        notices = rounds.complete(ApiServer(server, folder), dt.datetime.now(dt.UTC))
    except (ApiServerError, UnusableError) as error:
        file.unlink(missing_ok=True)
        return [f"Error: {error}"]
    file.touch()
    return notices


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # As process 1 of a container it would not end by SIGTERM otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        main(url(), *map(Path, sys.argv[1:3]))
    except ApiServerError as error:
        sys.exit(f"Error: {error}")
