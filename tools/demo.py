"""`make demo`: bootstrap, import, mount and renew on two real control planes, step by step."""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.scripts import environment
from support.engine import automount, metacontroller
from support.engine.metacontroller import Metacontroller
from support.loopback.gunicorns import AdmissionServer, HookServer
from support.node.kubelet import Mount

NAME = "cluster2-default-pod-lister"
SECRET = f"{NAME}-token-4wdax"
IMPORT_FILE = "deploy/examples/import.yaml"
IMPORT = (ROOT / IMPORT_FILE).read_text()
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: nginx}
spec: {containers: [{name: nginx, image: nginx}]}
"""
CLIENT = f"""\
apiVersion: v1
kind: Pod
metadata:
  name: client
  annotations:
    multicluster.admiralty.io/service-account-import.name: {NAME}
    multicluster.admiralty.io/service-account-import.kubeconfig: "true" # optional
spec:
  containers:
  - name: client
    image: registry.k8s.io/kubectl:v1.37.1
"""
LIST_PODS = """\
import sys
from kubernetes import client, config
config.load_kube_config(sys.argv[1])
for pod in client.CoreV1Api().list_namespaced_pod("default").items:
    print(pod.metadata.namespace, pod.metadata.name)
"""


class Shell:
    """Shows commands and what they print, as a terminal would."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def __call__(self, command: str, *, stdin: str | None = None, fails: bool = False) -> str:
        """What the command prints; it must end as expected."""
        print(f"$ {command}")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=self._env,
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        print(done.stdout, end="", flush=True)
        if (done.returncode != 0) is not fails:
            raise ClusterError(f"the last command ended with exit code {done.returncode}")
        return done.stdout


def main() -> None:
    """Start both clusters and take all steps; exit code 1 after a step that fails."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mcsa-demo-")))
        step("Two real clusters: etcd and kube-apiserver, as processes of this machine")
        cluster1 = stack.enter_context(ControlPlane("cluster1", folder / "1"))
        cluster2 = stack.enter_context(ControlPlane("cluster2", folder / "2"))
        sh = Shell(environment(cluster1, cluster2) | {"DEMO": str(folder)})
        sh("kubectl --context cluster1 version | tail -n 1")
        sh("kubectl --context cluster2 version | tail -n 1")
        take_steps(sh, cluster1, folder, stack)


def take_steps(sh: Shell, cluster1: ControlPlane, folder: Path, stack: ExitStack) -> None:
    """From two clusters that do not know one another to a kubeconfig that renews itself."""
    step("cluster1 learns what a ServiceAccountImport is")
    sh(
        "kubectl --context cluster1 apply -f deploy/crd.yaml -f deploy/policy-imports.yaml"
        " -f deploy/policy-credentials.yaml"
    )

    step("cluster2 has a service account that may only list pods, and a pod to be listed")
    sh("kubectl --context cluster2 create serviceaccount pod-lister")
    sh("kubectl --context cluster2 create role pod-lister --verb=list --resource=pods")
    sh(
        "kubectl --context cluster2 create rolebinding pod-lister --role=pod-lister"
        " --serviceaccount=default:pod-lister"
    )
    sh("kubectl --context cluster2 apply -f -", stdin=POD)

    step("The clusters are introduced to one another")
    sh(
        "kubemcsa bootstrap --target-context cluster1 --source-context cluster2"
        " --service-account default/pod-lister"
    )

    step("The hooks are started under gunicorn, and the engine that calls them")
    hooks = stack.enter_context(HookServer(folder))
    if metacontroller.installed():
        print("The engine is the real Metacontroller.")
        stack.enter_context(Metacontroller(cluster1, folder, hooks.url))
        sync = None
    else:
        print(f"The engine is kubemcsa sync. {metacontroller.ABSENT}")
        sync = f"kubemcsa sync --context cluster1 -A --hooks-url {hooks.url}"

    step("An import of that service account is created in cluster1")
    print(IMPORT, end="")
    sh(f"kubectl --context cluster1 apply -f {IMPORT_FILE}")
    engine(sh, sync)
    sh("kubectl --context cluster1 get serviceaccountimports -A")
    selector = f"-l multicluster.admiralty.io/service-account-import.name={NAME}"
    sh(f"kubectl --context cluster1 get secret {selector}")

    step("Its Secret holds a kubeconfig, which any client can use")
    extract = (
        f"kubectl --context cluster1 get secret {selector}"
        " -o jsonpath={.items[0].data.config} | base64 -d > $DEMO/config"
    )
    sh(extract)
    sh("kubectl --kubeconfig $DEMO/config get pods")
    (folder / "list_pods.py").write_text(LIST_PODS)
    sh("python $DEMO/list_pods.py $DEMO/config")

    step("kubemcsa status shows it, and --check calls cluster2 with its token")
    sh("kubemcsa status --context cluster1 --check")

    step("It can do what that service account may do, and nothing else")
    sh("kubectl --kubeconfig $DEMO/config get secrets", fails=True)

    step("A pod that asks for it by annotation gets it mounted")
    mount_steps(sh, cluster1, folder, stack)

    step("A Secret that is lost comes back, with a new token")
    before = token(folder)
    sh(f"kubectl --context cluster1 delete secret {selector}")
    engine(sh, sync)
    sh(f"kubectl --context cluster1 wait --for=create --timeout=20s secret/{SECRET}")
    sh(extract)
    if token(folder) == before:
        raise ClusterError("the token is the old one")
    sh("kubectl --kubeconfig $DEMO/config get pods")


def mount_steps(sh: Shell, cluster1: ControlPlane, folder: Path, stack: ExitStack) -> None:
    """The webhook mounts the Secret into a pod, and the examples read the mount."""
    admission = stack.enter_context(AdmissionServer(folder))
    sh("kubectl --context cluster1 apply -f deploy/policy-mounts.yaml")
    sh("kubectl --context cluster1 label namespace default multicluster-service-account=enabled")
    print("(The webhook of deploy/webhook.yaml, with the address of this machine.)")
    automount.register(cluster1, admission, "default")
    print(CLIENT, end="")
    sh("kubectl --context cluster1 apply -f -", stdin=CLIENT)
    pod = json.loads(cluster1.kubectl("get", "pod", "client", "-o", "json"))
    print("Everything below is added by the webhook:")
    added = {
        "spec": {
            "containers": [
                {key: container[key] for key in ("name", "volumeMounts", "env") if key in container}
                for container in pod["spec"]["containers"]
            ],
            "volumes": pod["spec"]["volumes"],
        }
    }
    print(yaml.safe_dump(added, sort_keys=False), end="")

    step("Its containers run the examples (here, as there is no kubelet, in a folder like theirs)")
    secret = json.loads(cluster1.kubectl("get", "secret", SECRET, "-o", "json"))
    Mount(folder / "mounts" / NAME).write_secret(secret["data"])
    root = "MCSA_ROOT=$DEMO/mounts"
    sh(f"{root} python deploy/examples/multicluster-client/multicluster_client.py")
    sh(f"{root} python deploy/examples/generic-client/generic_client.py")


def engine(sh: Shell, sync: str | None) -> None:
    """The import is Ready; `sync` is the command to run where there is no Metacontroller."""
    if sync:
        sh(sync)
    wait = "kubectl --context cluster1 wait --for=condition=Ready --timeout=20s"
    sh(f"{wait} serviceaccountimport/{NAME}")


def token(folder: Path) -> str:
    """The token in the extracted kubeconfig."""
    config = yaml.safe_load((folder / "config").read_text())
    return str(config["users"][0]["user"]["token"])


def step(title: str) -> None:
    """Print the title of a step."""
    print(f"\n== {title}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except ClusterError as error:
        sys.exit(f"The demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    step("The demo has ended; no process is left running")
