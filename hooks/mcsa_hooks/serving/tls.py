"""TLS for servers whose certificate is renewed while they run: new connections get the new one."""

import logging
import ssl
from pathlib import Path
from typing import Any, NamedTuple

_ATTEMPTS = 3

log = logging.getLogger(__name__)


class Version(NamedTuple):
    """The files of one certificate and its key, and when they were written."""

    certificate: Path
    key: Path
    written: tuple[int, int]


class Listener:
    """The method of ssl.SSLContext that gevent calls, for a certificate and key that may change.

    ssl.SSLError or OSError if there are none at the start.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self._version = _version(certificate, key)
        self._context = _context(self._version)

    def wrap_socket(self, sock: Any, **kwargs: Any) -> ssl.SSLSocket:
        """A connection over TLS whose handshake is still to come."""
        self._refresh()
        return self._context.wrap_socket(sock, do_handshake_on_connect=False, **kwargs)

    def _refresh(self) -> None:
        """The context has the certificate and key of the files, or the last good ones."""
        try:
            self._renew(_ATTEMPTS)
        except OSError as error:
            log.error(  # noqa: TRY400 - a traceback would add nothing
                "cannot use %s with %s, so the last good ones stay in use: %s", *self._files, error
            )

    def _renew(self, attempts: int) -> None:
        try:
            version = _version(*self._files)
            if version == self._version:
                return
            self._version = version
            self._context = _context(version)
        except FileNotFoundError:
            # The kubelet has swapped `..data`, and removed the old folder, since it was resolved.
            if attempts == 1:
                raise
            self._renew(attempts - 1)
        else:
            log.warning("%s has been renewed", self._files[0])


def handshaken(client: ssl.SSLSocket) -> bool:
    """Whether the client completes the TLS handshake; if not, the connection is closed."""
    try:
        client.do_handshake()
    except OSError as error:
        client.close()
        # Go clients also dial spare connections, and close them without a handshake.
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            log.warning("a client failed to speak TLS: %s", error.reason)
        return False
    return True


def _version(certificate: Path, key: Path) -> Version:
    folders = {folder: _data(folder) for folder in {certificate.parent, key.parent}}
    certificate, key = (folders[file.parent] / file.name for file in (certificate, key))
    return Version(certificate, key, (certificate.stat().st_mtime_ns, key.stat().st_mtime_ns))


def _data(folder: Path) -> Path:
    """The folder with the current files: the kubelet puts them all behind the link `..data`."""
    data = folder / "..data"
    return folder / data.readlink() if data.is_symlink() else folder


def _context(version: Version) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # ssl.SSLError if the key is not the certificate's.
    context.load_cert_chain(version.certificate, version.key)
    return context
