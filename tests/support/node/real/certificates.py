"""The servers' certificates: renewed by hand, and as a pod serves them."""

import base64
import datetime as dt
import json
import socket
import ssl

from cryptography import x509

from mcsa_certificates import pki
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get

PORT = 8443


def renew(cluster: ControlPlane, name: str) -> int:
    """The serial number of a new certificate, which the Secret holds: same names, same CA."""
    old = x509.load_pem_x509_certificate(_data(cluster, name)["tls.crt"].encode())
    extension = old.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    authority = _data(cluster, "mcsa-ca-key")
    names = extension.value.get_values_for_type(x509.DNSName)
    ca = Pair(authority["tls.crt"], authority["tls.key"])
    leaf = pki.leaf(ca, names, dt.datetime.now(dt.UTC))
    data = {
        "tls.crt": base64.b64encode(leaf.certificate.encode()).decode(),
        "tls.key": base64.b64encode(leaf.key.encode()).decode(),
    }
    patch = ("--type=merge", "-p", json.dumps({"data": data}))
    cluster.kubectl("patch", "secret", "-n", SYSTEM_NAMESPACE, name, *patch)
    return leaf.load_certificate().serial_number


def served(cluster: ControlPlane, pod: str) -> int:
    """The serial number of the certificate that new connections to a pod get."""
    host = get(cluster, "pod", "-n", SYSTEM_NAMESPACE, pod)["status"]["podIP"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, PORT), timeout=10) as connection,
        context.wrap_socket(connection) as client,
    ):
        certificate = client.getpeercert(binary_form=True)
    assert certificate
    return x509.load_der_x509_certificate(certificate).serial_number


def _data(cluster: ControlPlane, name: str) -> dict[str, str]:
    return decoded(get(cluster, "secret", "-n", SYSTEM_NAMESPACE, name))
