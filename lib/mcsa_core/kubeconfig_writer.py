"""The kubeconfig in an import's Secret.

Its format is https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
"""

import base64
import json

from mcsa_core.access import Access


def dump(name: str, access: Access, *, token_file: bool = True) -> str:
    """The kubeconfig of the import `name`, YAML; its cluster, user and context bear that name.

    The user holds the token inline, so that the file is complete on its own, and, unless
    `token_file` is false, as `tokenFile` too, which client-go prefers, and reads again after a
    mounted Secret was renewed.
    """
    # JSON strings are valid YAML; a template is 50 times as fast as a YAML library.
    quote, endpoint = json.dumps, access.endpoint
    data = base64.b64encode(endpoint.ca.encode()).decode()
    optional = {"proxy-url": endpoint.proxy_url, "tls-server-name": endpoint.tls_server_name}
    optional_lines = "".join(
        f"    {key}: {quote(value)}\n" for key, value in optional.items() if value
    )
    token_file_line = "    tokenFile: token\n" if token_file else ""
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: {quote(name)}
  cluster:
    server: {quote(endpoint.server)}
    certificate-authority-data: {data}
{optional_lines}users:
- name: {quote(name)}
  user:
    token: {quote(access.token)}
{token_file_line}contexts:
- name: {quote(name)}
  context:
    cluster: {quote(name)}
    user: {quote(name)}
    namespace: {quote(access.namespace)}
current-context: {quote(name)}
"""
