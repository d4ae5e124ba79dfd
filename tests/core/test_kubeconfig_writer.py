import base64

import yaml

from mcsa_core import kubeconfig_reader, kubeconfig_writer
from support.samples import world


def test_written_and_read_back() -> None:
    access = world.access("secret", proxy_url="http://p:1", tls_server_name="kubernetes")
    text = kubeconfig_writer.dump("name", access)
    assert kubeconfig_reader.parse(text) == access
    assert yaml.safe_load(text) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "name",
                "cluster": {
                    "server": world.SERVER,
                    "certificate-authority-data": base64.b64encode(world.ca().encode()).decode(),
                    "proxy-url": "http://p:1",
                    "tls-server-name": "kubernetes",
                },
            }
        ],
        "users": [{"name": "name", "user": {"token": "secret", "tokenFile": "token"}}],
        "contexts": [
            {
                "name": "name",
                "context": {"cluster": "name", "user": "name", "namespace": "default"},
            }
        ],
        "current-context": "name",
    }
