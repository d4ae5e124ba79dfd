"""The admission function as a real API server calls it, and as kube-controller-manager meets it."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests
import yaml

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from support.cluster import ClusterError, ControlPlane, binaries
from support.cluster.waiting import until
from support.engine import automount
from support.loopback.gunicorns import AdmissionServer
from support.samples.admission_cases import NAMES, PODS, REFUSED
from support.samples.admission_pods import (
    ANNOTATION,
    KUBECONFIG,
    MOUNT_ROOT,
    Object,
    mount_paths,
    pod,
)

pytestmark = pytest.mark.cluster

NAME = "cluster2-default-pod-lister"
SECRET = "cluster2-default-pod-lister-token-53p7k"
MOUNTED = [[f"{MOUNT_ROOT}/{NAME}"]]
WEBHOOK = "pods.multicluster.admiralty.io"


def create(target: ControlPlane, pod: Object, namespace: str = "apps", *flags: str) -> Object:
    """The object as the API server stores it."""
    args = ("create", "-n", namespace, "-o", "json", "-f", "-", *flags)
    created: Object = json.loads(target.kubectl(*args, input=json.dumps(pod)))
    return created


def try_out(target: ControlPlane, pod: Object, namespace: str = "apps") -> Object:
    """The pod as the API server would store it."""
    return create(target, pod, namespace, "--dry-run=server")


def refusal(target: ControlPlane, pod: Object) -> str:
    with pytest.raises(ClusterError) as refused:
        try_out(target, pod)
    return str(refused.value)


def calls(target: ControlPlane) -> int:
    """How often the API server has called the webhook, by its own count."""
    metrics = target.kubectl("get", "--raw", "/metrics")
    line = rf'^apiserver_admission_webhook_request_total{{.*name="{WEBHOOK}".*}} (\S+)$'
    return sum(int(float(count)) for count in re.findall(line, metrics, re.MULTILINE))


def mirror_pod() -> Object:
    """What a kubelet says of a pod that it runs from a file."""
    mirror = pod(None, annotations={ANNOTATION: NAME, "kubernetes.io/config.mirror": "1"})
    mirror["spec"]["nodeName"] = "node"
    return mirror


def pods(target: ControlPlane, selector: str) -> list[Object]:
    listed: list[Object] = json.loads(
        target.kubectl("get", "pods", "-n", "apps", "-l", selector, "-o", "json")
    )["items"]
    return listed


@contextmanager
def webhook_down(server: AdmissionServer) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def webhook_deleted(target: ControlPlane, server: AdmissionServer) -> Iterator[None]:
    automount.unregister(target)
    try:
        yield
    finally:
        automount.register(target, server)


def test_what_is_deployed_is_valid(target: ControlPlane) -> None:
    for file in ("webhook.yaml", "policy-mounts.yaml"):
        target.kubectl("apply", "--dry-run=server", "-f", str(automount.DEPLOY / file))


def test_what_is_registered_is_what_is_deployed(target: ControlPlane) -> None:
    deployed = yaml.safe_load((automount.DEPLOY / "webhook.yaml").read_text())
    kind = "mutatingwebhookconfiguration"
    registered = json.loads(target.kubectl("get", kind, deployed["metadata"]["name"], "-o", "json"))
    [expected], [seen] = deployed["webhooks"], registered["webhooks"]
    assert expected.pop("clientConfig") == {
        "service": {
            "namespace": "multicluster-service-account",
            "name": "admission",
            "path": "/mutate",
            "port": 443,
        }
    }
    defaults = {"matchPolicy": "Equivalent", "objectSelector": {}}
    del seen["clientConfig"]
    assert seen == expected | defaults


def test_no_policy_has_warnings(target: ControlPlane) -> None:
    name = "mounts.multicluster.admiralty.io"

    def status() -> Object:
        got = target.kubectl("get", "validatingadmissionpolicy", name, "-o", "json")
        found: Object = json.loads(got).get("status", {})
        return found

    until(lambda: "typeChecking" in status())
    assert status()["typeChecking"] == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_case_is_a_valid_pod_afterwards(target: ControlPlane, name: str) -> None:
    written = yaml.safe_load((PODS / f"{name}.yaml").read_text())
    created = try_out(target, written)
    annotations = written["metadata"]["annotations"]
    names = [n.strip() for n in annotations.get(ANNOTATION, "").split(",") if n.strip()]
    paths = {f"{MOUNT_ROOT}/{name}" for name in names}
    if "kubernetes.io/config.mirror" in annotations:
        paths = set()
    for mounted in mount_paths(created):
        assert {path.rstrip("/") for path in mounted} - {MOUNT_ROOT} == paths


@pytest.mark.parametrize("names", [names for names in REFUSED if names.isprintable()])
def test_a_name_that_can_not_be_is_refused(target: ControlPlane, names: str) -> None:
    said = refusal(target, pod(names))
    assert said.endswith(f'admission webhook "{WEBHOOK}" denied the request: {REFUSED[names]}')
    assert "(BadRequest)" in said


def test_60_containers_and_32_imports(target: ControlPlane) -> None:
    names = [f"{number:02}-{'n' * 60}" for number in range(32)]
    written = pod(",".join(names))
    written["spec"]["containers"] = [{"name": f"c{n}", "image": "client"} for n in range(60)]
    paths = [f"{MOUNT_ROOT}/{name}" for name in names]
    assert mount_paths(try_out(target, written)) == [paths] * 60


def large(names: int, containers: int, own_mounts: int = 0) -> Object:
    """A pod whose names and paths are as long as they can be."""
    written = pod(",".join(f"{number:02}-{'n' * 60}" for number in range(names)))
    paths = [f"{MOUNT_ROOT}/{'n' * 63}{number:05}" for number in range(own_mounts)]
    own = [{"name": "data", "mountPath": path} for path in paths]
    written["spec"] = {
        "volumes": [{"name": "data", "emptyDir": {}}],
        "containers": [
            {"name": f"c{number}", "image": "client", "volumeMounts": own}
            for number in range(containers)
        ],
    }
    return written


# With a mount for the account's token in each container.
@pytest.mark.parametrize(
    "sizes", [(31, 128, 0), (32, 100, 7), (32, 1, 4063)], ids=["wide", "both", "deep"]
)
def test_the_largest_pod_is_not_too_much_for_the_policy(
    target: ControlPlane, sizes: tuple[int, int, int]
) -> None:
    created = try_out(target, large(*sizes))["spec"]["containers"]
    mounts = sum(len(container["volumeMounts"]) for container in created)
    assert mounts == sizes[1] * (sizes[0] + sizes[2] + 1)
    assert 4000 <= mounts <= 4096


def test_a_pod_that_is_too_large(target: ControlPlane) -> None:
    assert "the pod has 129 containers" in refusal(target, large(1, 129))
    assert "the pod has 4097 mounts" in refusal(target, large(32, 1, 4064))
    for unasked in (large(0, 129), large(0, 1, 5000)):
        assert mount_paths(try_out(target, unasked))


def test_created_and_read_back(target: ControlPlane) -> None:
    create(target, pod(NAME, name="bare"))
    generated = pod(NAME, generateName="generated-", labels={"app": "generated"})
    del generated["metadata"]["name"]
    create(target, generated)
    read = json.loads(target.kubectl("get", "pod", "bare", "-n", "apps", "-o", "json"))
    [other] = pods(target, "app=generated")
    for found in (read, other):
        assert mount_paths(found) == MOUNTED
        [volume] = [v for v in found["spec"]["volumes"] if "secret" in v]
        assert volume["secret"]["secretName"] == SECRET


@pytest.mark.parametrize("kind", ["job", "deployment"])
def test_what_the_controllers_make(target: ControlPlane, kind: str) -> None:
    template = {
        "metadata": {"labels": {"app": kind}, "annotations": {ANNOTATION: NAME}},
        "spec": pod(NAME)["spec"],
    }
    if kind == "job":
        template["spec"]["restartPolicy"] = "Never"
        spec: Object = {"template": template}
    else:
        spec = {"template": template, "replicas": 2, "selector": {"matchLabels": {"app": kind}}}
    group = "batch/v1" if kind == "job" else "apps/v1"
    metadata = {"name": "client"}
    owner = {"apiVersion": group, "kind": kind.title(), "metadata": metadata, "spec": spec}
    create(target, owner)
    expected = 1 if kind == "job" else 2
    until(lambda: len(pods(target, f"app={kind}")) == expected)
    assert [mount_paths(pod) for pod in pods(target, f"app={kind}")] == [MOUNTED] * expected


def test_other_pods_never_leave_the_api_server(target: ControlPlane) -> None:
    before = calls(target)
    assert mount_paths(create(target, pod(None, name="unannotated"))) == [[]]
    assert mount_paths(create(target, pod("", name="empty"))) == [[]]
    assert mount_paths(create(target, pod(NAME, name="unlabelled"), "other")) == [[]]
    assert mount_paths(try_out(target, mirror_pod())) == [[]]
    target.kubectl("annotate", "pod", "unannotated", "-n", "apps", f"{ANNOTATION}={NAME}")
    assert calls(target) == before
    try_out(target, pod(NAME))
    assert calls(target) == before + 1


@pytest.mark.parametrize(
    "namespace", ["multicluster-service-account", "kube-system", "kube-public", "kube-node-lease"]
)
def test_the_namespaces_of_the_system_are_left_alone(target: ControlPlane, namespace: str) -> None:
    if namespace == "multicluster-service-account":
        target.kubectl("create", "namespace", namespace)
    before = calls(target)
    target.kubectl("label", "namespace", namespace, "multicluster-service-account=enabled")
    automount.await_account(target, namespace)
    try:
        assert mount_paths(try_out(target, pod(NAME), namespace)) == [[]]
        assert calls(target) == before
    finally:
        target.kubectl("label", "namespace", namespace, "multicluster-service-account-")


def test_webhook_down(target: ControlPlane, server: AdmissionServer) -> None:
    with webhook_down(server):
        assert f'failed calling webhook "{WEBHOOK}"' in refusal(target, pod(NAME))
        assert mount_paths(try_out(target, pod(None))) == [[]]
        assert mount_paths(try_out(target, pod(NAME), "other")) == [[]]
    assert mount_paths(try_out(target, pod(NAME))) == MOUNTED


def test_webhook_deleted(target: ControlPlane, server: AdmissionServer) -> None:
    mounted = try_out(target, pod(NAME))
    slash = json.loads(json.dumps(mounted).replace(f'{NAME}"', f'{NAME}/"'))
    slash["metadata"]["annotations"] = {ANNOTATION: NAME}
    partly = try_out(target, pod(NAME))
    partly["spec"]["initContainers"] = [{"name": "init", "image": "client"}]
    with webhook_deleted(target, server):
        assert refusal(target, pod(NAME)).endswith(
            f"annotation {ANNOTATION} asks for mounts that the pod lacks ({MOUNT_ROOT}/{NAME}): see"
            " that the MutatingWebhookConfiguration multicluster-service-account is in place, as"
            " kubectl apply -k deploy makes it."
        )
        assert "lacks" in refusal(target, partly)
        assert "lacks" in refusal(target, pod("../../etc/passwd"))
        for names in ("," * 60_000, "a".ljust(4097)):
            assert "at most 4096 characters" in refusal(target, pod(names))
        too_many = "at most 32 imports, of a pod with at most 128 containers and 4096 mounts"
        for too_large in (pod("a," * 33), large(1, 129), large(1, 1, 4096)):
            assert too_many in refusal(target, too_large)
        assert "lacks" in refusal(target, large(32, 128))
        for with_mounts in (mounted, slash):
            assert len(mount_paths(try_out(target, with_mounts))[0]) == 1
        for other in (pod(None), pod(""), pod(","), mirror_pod()):
            assert mount_paths(try_out(target, other)) == [[]]
        assert mount_paths(try_out(target, pod(NAME), "other")) == [[]]
    assert mount_paths(try_out(target, pod(NAME))) == MOUNTED


def test_a_container_that_another_webhook_adds_gets_its_mounts(
    target: ControlPlane, tmp_path: Path
) -> None:
    written = pod(NAME, name="injected", labels={"sidecar": "please"})
    with AdmissionServer(tmp_path, "support.loopback.sidecar_webhook:app()") as other:
        # The API server calls webhooks in the order of their configurations' names.
        configuration = yaml.safe_load((automount.DEPLOY / "webhook.yaml").read_text())
        configuration["metadata"]["name"] = "then-another"
        [webhook] = configuration["webhooks"]
        webhook["name"] = "another.example.com"
        webhook["clientConfig"] = automount.client_config(other, "/mutate")
        webhook["objectSelector"] = {"matchLabels": {"sidecar": "please"}}
        target.kubectl("create", "-f", "-", input=json.dumps(configuration))
        try:
            until(lambda: len(mount_paths(try_out(target, written))) == 2)
            assert mount_paths(create(target, written)) == MOUNTED * 2
        finally:
            target.kubectl("delete", "mutatingwebhookconfiguration", "then-another")


def test_kubectl_in_the_container_lists_the_pods_of_the_other_cluster(
    target: ControlPlane, source: ControlPlane, tmp_path: Path
) -> None:
    create(source, pod(None, name="nginx"), "default")
    source.kubectl("create", "serviceaccount", "pod-lister")
    source.kubectl("create", "role", "pod-lister", "--verb=list", "--resource=pods")
    binding = ("--role=pod-lister", "--serviceaccount=default:pod-lister")
    source.kubectl("create", "rolebinding", "pod-lister", *binding)
    account = "--as=system:serviceaccount:default:pod-lister"
    until(lambda: "yes" in source.kubectl("auth", "can-i", "list", "pods", account))
    token = source.kubectl("create", "token", "pod-lister").strip()
    access = Access(Endpoint(source.server, source.ca), token, "default")
    data = secret.data(NAME, access)
    metadata = {"name": SECRET}
    create(target, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})

    asked = {ANNOTATION: f"not-there-yet,{NAME}", KUBECONFIG: "true"}
    created = create(target, pod(None, name="lister", annotations=asked))

    mount_secrets(target, created, tmp_path)
    [container] = created["spec"]["containers"]
    [variable] = container["env"]
    files = [f"{tmp_path}{file}" for file in variable["value"].split(":")]
    done = subprocess.run(
        [binaries() / "kubectl", "--context", NAME, "get", "pods", "-o", "name"],
        env={"KUBECONFIG": ":".join(files), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("pod/nginx\n", "")


def mount_secrets(target: ControlPlane, pod: Object, root: Path) -> None:
    """What a kubelet does for the first container, below `root`, as far as there are Secrets."""
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    for mount in pod["spec"]["containers"][0]["volumeMounts"]:
        source = volumes[mount["name"]].get("secret", {}).get("secretName", "none")
        args = ("get", "secret", source, "-n", "apps", "-o", "json", "--ignore-not-found")
        if not (got := target.kubectl(*args)):
            continue
        folder = root / mount["mountPath"].lstrip("/")
        (folder / "..2026").mkdir(parents=True)
        (folder / "..data").symlink_to("..2026")
        for key, value in json.loads(got)["data"].items():
            (folder / "..2026" / key).write_bytes(base64.b64decode(value))
            (folder / key).symlink_to(f"..data/{key}")


def test_300_pods_while_a_worker_is_killed(target: ControlPlane, server: AdmissionServer) -> None:
    config = yaml.safe_load(target.kubeconfig.read_text())
    url = f"{target.server}/api/v1/namespaces/apps/pods"
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {config['users'][0]['user']['token']}"
    session.verify = str(target.kubeconfig.parent / "ca.crt")
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=50))
    session.trust_env = False

    def post(number: int) -> int:
        response = session.post(url, json=pod(NAME, name=f"many-{number}", labels={"app": "many"}))
        if response.status_code == 201:
            assert mount_paths(response.json()) == MOUNTED
        else:
            assert "failed calling webhook" in response.json()["message"]
        return response.status_code

    def is_created(number: int) -> bool:
        return post(number) == 201

    with session, ThreadPoolExecutor(50) as clients:
        numbers = {clients.submit(post, number): number for number in range(300)}
        refused = []
        for answered, attempt in enumerate(as_completed(numbers)):
            if answered == 100:
                server.kill_worker()
            if attempt.result() != 201:
                refused.append(numbers[attempt])
        print(f"{len(refused)} of 300 pods were refused at first")
        for number in refused:
            until(partial(is_created, number))

    created = pods(target, "app=many")
    assert len(created) == 300
    assert all(mount_paths(pod) == MOUNTED for pod in created)
