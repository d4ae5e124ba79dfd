"""What it takes to call a cluster as one of its service accounts."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Access:
    """Where a cluster is, how to recognise it, and as whom to call it."""

    server: str
    """An https URL."""
    ca: str
    """One or more certificates, PEM."""
    token: str = field(repr=False)
    namespace: str
    """The namespace of the service account, in its own cluster."""
    proxy_url: str | None = field(default=None, repr=False)
    """May hold a password."""
    tls_server_name: str | None = None
