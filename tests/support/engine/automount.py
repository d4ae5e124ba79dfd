"""The webhook and the policy of deploy/ in a real cluster that calls a server on the loopback."""

import base64
import json

import yaml

from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.waiting import until
from support.loopback.gunicorns import AdmissionServer
from support.samples.admission_pods import pod

DEPLOY = ROOT / "deploy"


def install(target: ControlPlane, server: AdmissionServer) -> None:
    """Pods of the namespace `apps`, which has the label, get their mounts; `other` has none."""
    for namespace in ("apps", "other"):
        target.kubectl("create", "namespace", namespace)
        await_account(target, namespace)
    target.kubectl("label", "namespace", "apps", "multicluster-service-account=enabled")
    target.kubectl("apply", "-f", str(DEPLOY / "policy-mounts.yaml"))
    until(lambda: "ValidatingAdmissionPolicy" in why_refused(target))
    register(target, server)


def register(target: ControlPlane, server: AdmissionServer, namespace: str = "apps") -> None:
    """The API server calls `server` for pods of `namespace`; otherwise all is as it is deployed."""
    configuration = yaml.safe_load((DEPLOY / "webhook.yaml").read_text())
    for webhook in configuration["webhooks"]:
        path = webhook["clientConfig"]["service"]["path"]
        webhook["clientConfig"] = client_config(server, path)
    target.kubectl("apply", "-f", "-", input=json.dumps(configuration))
    until(lambda: why_refused(target, namespace) == "")


def client_config(server: AdmissionServer, path: str) -> dict[str, str]:
    """The clientConfig of a webhook: the URL and the CA of `server`."""
    ca = base64.b64encode(server.tls.ca.read_bytes()).decode()
    return {"url": server.url + path, "caBundle": ca}


def unregister(target: ControlPlane) -> None:
    """The API server has no webhook to call."""
    target.kubectl("delete", "-f", str(DEPLOY / "webhook.yaml"))
    until(lambda: "ValidatingAdmissionPolicy" in why_refused(target))


def await_account(target: ControlPlane, namespace: str) -> None:
    """The namespace has the service account that its pods need."""
    args = ("get", "serviceaccount", "default", "-n", namespace)
    until(lambda: target.kubectl(*args, check=False) != "")


def why_refused(target: ControlPlane, namespace: str = "apps") -> str:
    """Why an annotated pod is refused; empty if it is admitted."""
    args = ("create", "-n", namespace, "--dry-run=server", "-f", "-")
    try:
        target.kubectl(*args, input=json.dumps(pod("cluster2-default-pod-lister")))
    except ClusterError as error:
        return str(error)
    return ""
