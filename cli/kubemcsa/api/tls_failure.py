"""Why a TLS connection to an API server failed, in words."""

import ssl

_PORT = "see whether scheme, address and port are those of the API server"
_CA = (
    "see whether the address is that of this cluster, or another cluster's by now, and correct its"
    " certificate-authority"
)
# https://docs.openssl.org/3.0/man1/openssl-verification-options/: unable to get the issuer
# (locally), self-signed (leaf, in chain), unable to verify the leaf; signature failure.
_OTHER_CA = {2, 7, 18, 19, 20, 21}
_OTHER_NAME = {62, 64}
_NOT_YET_VALID, _EXPIRED = 9, 10
_NO_TLS = {"HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "WRONG_VERSION_NUMBER"}
_CLOCK = "see whether this machine's clock is right, else have the server's certificate renewed"


def describe(error: Exception) -> tuple[str, str]:
    """The cause, and what to do next; `error` is an SSLError of urllib3."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _of_certificate(cause)
    if not isinstance(cause, ssl.SSLError):
        # urllib3 verifies the name by itself where the kubeconfig sets tls-server-name.
        return _of_name() if "match" in str(cause) else ("TLS failed", _PORT)
    reason = cause.reason or ""
    if reason in _NO_TLS:
        return "it does not speak TLS", f"{_PORT}, and whether http:// is meant"
    if "ALERT" in reason:
        return f"it ends TLS by an alert ({_words(reason)})", (
            "see whether the kubeconfig's client certificate and tls-server-name are right"
        )
    return f"TLS failed ({_words(reason)})", _PORT


def _of_certificate(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    code = error.verify_code
    if code in _OTHER_CA:
        return "its certificate is signed by another CA than the one that is given for it", _CA
    if code in _OTHER_NAME:
        return _of_name()
    if code == _EXPIRED:
        return "its certificate, or that of its CA, has expired", _CLOCK
    if code == _NOT_YET_VALID:
        return "its certificate, or that of its CA, is not valid yet", _CLOCK
    return f"its certificate can't be verified ({error.verify_message})", _CA


def _of_name() -> tuple[str, str]:
    return "its certificate is for other names than that", (
        "use an address that is in the certificate, or set tls-server-name in the kubeconfig"
    )


def _words(reason: str) -> str:
    return reason.lower().replace("_", " ") or "no reason given"
