"""The variables of spec.secrets, in Kubernetes' notation.

$(NAME) is replaced and $$ stands for $, as in a container's arguments:
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint
"""

import base64
from collections.abc import Mapping, Sequence

from mcsa_core import kubeconfig_writer
from mcsa_core.access import Access
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport

Values = Mapping[str, str]
"""Of all variables, and what stands for the second $ of $$."""


def values(sai: ServiceAccountImport, access: Access) -> Values:
    """What `expand` replaces with in an import that has `access`."""
    endpoint = access.endpoint
    return {
        "$": "$",
        "(server)": endpoint.server,
        "(token)": access.token,
        "(ca.crt)": endpoint.ca,
        "(caData)": base64.b64encode(endpoint.ca.encode()).decode(),
        "(namespace)": access.namespace,
        "(clusterName)": sai.cluster,
        "(proxyUrl)": endpoint.proxy_url or "",
        "(tlsServerName)": endpoint.tls_server_name or "",
        "(kubeconfig)": kubeconfig_writer.dump(sai.name, access, token_file=False),
    }


def expand(parts: Sequence[str], values: Values, limit: int) -> str | None:
    """The text of `parts`, as a template has them; None if it has over `limit` characters."""
    expanded = list(parts)
    expanded[1::2] = [values[reference] for reference in parts[1::2]]
    # Thousands of variables of 60 KB each are counted, but not written.
    return "".join(expanded) if sum(map(len, expanded)) <= limit else None
