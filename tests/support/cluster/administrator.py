"""The files of a client certificate that a control plane accepts as its administrator's."""

from pathlib import Path

import trustme

CA = "administrator-ca.crt"
CERTIFICATE = "administrator.crt"
KEY = "administrator.key"


def write(folder: Path) -> None:
    """The three files are in `folder`; the certificate is of the group system:masters."""
    ca = trustme.CA()
    # The host name is needed: Go refuses trustme's subjectAltName, a critical extension, if empty.
    certificate = ca.issue_cert(
        "administrator.example", common_name="administrator", organization_name="system:masters"
    )
    ca.cert_pem.write_to_path(folder / CA)
    certificate.cert_chain_pems[0].write_to_path(folder / CERTIFICATE)
    certificate.private_key_pem.write_to_path(folder / KEY)
