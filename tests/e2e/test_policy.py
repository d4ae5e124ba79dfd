"""The real Metacontroller under the target's policy, with no right to import anything."""

import json
from pathlib import Path

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.waiting import until
from support.engine import metacontroller
from support.engine.metacontroller import Metacontroller
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer

DEPLOY = ROOT / "deploy"
# kubectl auth can-i takes the group of a resource that it does not know for a part of its name.
MAY_IMPORT = json.dumps(
    {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {
            "resourceAttributes": {
                "group": "remote.multicluster.admiralty.io",
                "resource": "serviceaccounts",
                "verb": "import",
                "namespace": "apps",
                "name": "cluster2/apps/pod-lister",
            }
        },
    }
)
POLICY = "imports.multicluster.admiralty.io"


def test_it_is_not_hindered(tmp_path: Path) -> None:
    with (
        ControlPlane("cluster1", tmp_path / "1", controller_manager=True) as cluster1,
        ControlPlane("cluster2", tmp_path / "2") as cluster2,
        HookServer(tmp_path) as hooks,
    ):
        for file in ("crd.yaml", "policy-imports.yaml"):
            cluster1.kubectl("apply", "-f", str(DEPLOY / file))
        config = metacontroller.least(cluster1, tmp_path)
        for cluster in (cluster1, cluster2):
            cluster.kubectl("create", "namespace", "apps")
        cluster2.kubectl("create", "serviceaccount", "-n", "apps", "pod-lister")
        with Metacontroller(cluster1, tmp_path, hooks.url, kubeconfig=config) as engine:
            stack = Stack(cluster1, cluster2, hooks, engine)
            stack.bootstrap("--service-account=apps/pod-lister")
            imported = Import(stack, "apps")
            imported.create()
            imported.until("TokenIssued")
            assert until(imported.who) == "system:serviceaccount:apps:pod-lister"
            # The status has changed and the Secret is made again: both by its own writes.
            cluster2.kubectl("delete", "serviceaccount", "-n", "apps", "pod-lister")
            imported.until_touched("ServiceAccountNotFound")
            cluster2.kubectl("create", "serviceaccount", "-n", "apps", "pod-lister")
            imported.until_touched("TokenIssued")
            assert until(imported.who)
            # The policy is there all the while.
            review = ("create", "--raw=/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            said = cluster1.kubectl(f"--kubeconfig={config}", *review, "-f", "-", input=MAY_IMPORT)
            assert json.loads(said)["status"]["allowed"] is False
            assert POLICY in cluster1.kubectl("get", "validatingadmissionpolicies", "-o", "name")
