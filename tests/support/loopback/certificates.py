"""Server certificates for 127.0.0.1, as files and as the data of a Secret."""

from pathlib import Path
from typing import NamedTuple

import trustme

from support.cluster.loopback import HOST


class Serving(NamedTuple):
    """PEM files."""

    ca: Path
    certificate: Path
    key: Path


def ca_pem(ca: trustme.CA) -> str:
    """The certificate of the CA."""
    return ca.cert_pem.bytes().decode()


def pair(leaf: trustme.LeafCert) -> dict[str, str]:
    """The certificate and its key, by the keys that they have in a Secret."""
    chain, key = leaf.cert_chain_pems, leaf.private_key_pem
    return {"tls.crt": chain[0].bytes().decode(), "tls.key": key.bytes().decode()}


def serving(folder: Path) -> Serving:
    """New files in `folder`: a CA, and a certificate that it has signed."""
    ca = trustme.CA()
    files = {"ca.crt": ca_pem(ca), **pair(ca.issue_cert(HOST))}
    for name, content in files.items():
        (folder / name).write_text(content)
    return Serving(*(folder / name for name in files))
