"""How a pod asks the source who it is (SelfSubjectReview), with what it has mounted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from kubernetes import client

from multicluster_service_account import service_account_import_config_and_namespace
from support.cluster import binaries
from support.cluster.loopback import HOST, answers, free_ports
from support.cluster.process import Process
from support.node.pod_client import Ask, Identity

_CREDENTIAL = "authentication.kubernetes.io/credential-id"
_REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@contextmanager
def library(root: Path) -> Iterator[Ask]:
    """Asks through our library and the official client; the only import is mounted in `root`."""
    config, _ = service_account_import_config_and_namespace(root=root)
    with client.ApiClient(config) as connection:
        api = client.AuthenticationV1Api(connection)

        def ask() -> Identity:
            body = client.V1SelfSubjectReview()
            review: Any = api.create_self_subject_review(body, _request_timeout=10)
            user = review.status.user_info
            return Identity(user.username, user.extra[_CREDENTIAL][0])

        yield ask


@contextmanager
def kubectl_proxy(folder: Path, log: Path) -> Iterator[Ask]:
    """Asks through a Go program that runs all the time, with the kubeconfig mounted in `folder`."""
    [port] = free_ports(1)
    process = Process(log, {"HOME": str(log.parent)})
    command = [str(binaries() / "kubectl"), "proxy", f"--kubeconfig={folder / 'config'}"]
    process.start([*command, f"--port={port}"])
    try:
        process.wait_until(lambda: answers(port, "/readyz"))
        with requests.Session() as session:
            session.trust_env = False

            def ask() -> Identity:
                answer = session.post(f"http://{HOST}:{port}{_PATH}", json=_REVIEW, timeout=10)
                answer.raise_for_status()
                user = answer.json()["status"]["userInfo"]
                return Identity(user["username"], user["extra"][_CREDENTIAL][0])

            yield ask
    finally:
        process.stop()
