"""TLS for servers whose certificate is renewed under way: the next connection gets the new one."""

import logging
import ssl
from pathlib import Path
from typing import Any, NamedTuple

_LOOKS = 3

log = logging.getLogger(__name__)


class Version(NamedTuple):
    """The files of one certificate and its key, and when they were written."""

    certificate: Path
    key: Path
    written: tuple[int, int]


class Listener:
    """All that gevent asks of an ssl.SSLContext, for a certificate and key that may change.

    ssl.SSLError or OSError if there is none at first.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self._version = _version(certificate, key)
        self._context = _context(self._version)

    def wrap_socket(self, sock: Any, **kwargs: Any) -> ssl.SSLSocket:
        """A connection over TLS whose handshake is still to come."""
        self._look()
        return self._context.wrap_socket(sock, do_handshake_on_connect=False, **kwargs)

    def _look(self) -> None:
        """The context is that of the files, or the last that was good."""
        try:
            self._renew(_LOOKS)
        except OSError as error:
            log.error(  # noqa: TRY400 - the certificate's files are all there is to say
                "cannot use %s with %s, so the last good ones stay in use: %s", *self._files, error
            )

    def _renew(self, looks: int) -> None:
        try:
            version = _version(*self._files)
            if version == self._version:
                return
            self._version = version
            self._context = _context(version)
        except FileNotFoundError:
            # The kubelet took them away between two looks, after it had put new ones there.
            if looks == 1:
                raise
            self._renew(looks - 1)
        else:
            log.warning("%s has been renewed", self._files[0])


def handshaken(client: ssl.SSLSocket) -> bool:
    """Whether the client completes the TLS handshake; if not, the connection is closed."""
    try:
        client.do_handshake()
    except OSError as error:
        client.close()
        # Clients also dial connections that they then do not need.
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            log.warning("a client failed to speak TLS: %s", error.reason)
        return False
    return True


def _version(certificate: Path, key: Path) -> Version:
    folders = {folder: _data(folder) for folder in {certificate.parent, key.parent}}
    certificate, key = (folders[file.parent] / file.name for file in (certificate, key))
    return Version(certificate, key, (certificate.stat().st_mtime_ns, key.stat().st_mtime_ns))


def _data(folder: Path) -> Path:
    """Where a folder's files are at this moment: the kubelet swaps the link `..data`."""
    data = folder / "..data"
    return folder / data.readlink() if data.is_symlink() else folder


def _context(version: Version) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Refuses a key that is not the certificate's.
    context.load_cert_chain(version.certificate, version.key)
    return context
