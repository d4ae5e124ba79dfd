"""What kubectl says of pods and workloads whose annotation has no effect, on a real API server."""

import json
from collections.abc import Iterator

import pytest

from support.cluster import ControlPlane
from support.cluster.reading import DEPLOY, get
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.engine import automount
from support.samples.admission_pods import ANNOTATION, Object, pod

pytestmark = pytest.mark.cluster

NAME = "warnings.multicluster.admiralty.io"
HEAD = f"Warning: Validation failed for ValidatingAdmissionPolicy '{NAME}' with binding '{NAME}': "
LABEL = "multicluster-service-account=enabled"
ASKING = {ANNOTATION: "cluster2-default-pod-lister"}
NAMESPACES = ("labelled", "unlabelled", "mislabelled", "multicluster-service-account")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """No namespace but `labelled` and the system's have the label."""
    folder = tmp_path_factory.mktemp("warnings")
    with ControlPlane("warned", folder, controller_manager=True) as cluster:
        cluster.kubectl("apply", "-f", str(DEPLOY / "policy-warnings.yaml"))
        for namespace in NAMESPACES:
            cluster.kubectl("create", "namespace", namespace)
            automount.await_account(cluster, namespace)
        for namespace in ("labelled", "multicluster-service-account", "kube-public"):
            cluster.kubectl("label", "namespace", namespace, LABEL)
        cluster.kubectl("label", "namespace", "mislabelled", "multicluster-service-account=true")
        until(lambda: HEAD in create(cluster, pod("a"), "unlabelled"))
        yield cluster


def create(
    cluster: ControlPlane, body: Object, namespace: str, command: str = "create --dry-run=server"
) -> str:
    """What kubectl says, warnings included."""
    return run(f"kubectl -n {namespace} {command} -f - 2>&1 <<< '{json.dumps(body)}'", cluster)


def workload(kind: str, *, template: Object | None = None, own: Object | None = None) -> Object:
    """A workload called `web`, with annotations of its own and of its pods."""
    version = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    labels = {"app": "web"}
    container = {"name": "web", "image": "web"}
    pods: Object = {
        "metadata": {"annotations": template or {}},
        "spec": {"containers": [container]},
    }
    spec: Object = {"template": pods}
    if version == "batch/v1":
        pods["spec"]["restartPolicy"] = "Never"
    else:
        pods["metadata"]["labels"] = labels
        spec["selector"] = {"matchLabels": labels}
    if kind == "StatefulSet":
        spec["serviceName"] = "web"
    if kind == "CronJob":
        spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}}
    metadata = {"name": "web", "annotations": own or {}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def unlabelled(title: str, again: str, namespace: str = "unlabelled") -> str:
    return (
        f"no import is mounted for {title}, as namespace {namespace} lacks the label {LABEL}: run"
        f" kubectl label --overwrite namespace {namespace} {LABEL}, then {again}"
    )


def misplaced(kind: str, path: str = "spec.template") -> str:
    return (
        f"annotation {ANNOTATION} of {kind} labelled/web has no effect where it is: move it to the"
        f" pod template, {path}.metadata.annotations."
    )


def anew(command: str, namespace: str = "unlabelled") -> str:
    return f"kubectl -n {namespace} {command}"


FAMILY = ANNOTATION.removesuffix(".name")


def mounts_nothing(title: str) -> str:
    return (
        f"no import is mounted for {title}, as its annotation {ANNOTATION} is missing or empty: set"
        " it to the names of imports."
    )


def labelled(body: Object) -> Object:
    """The pod with the annotation's key as a label."""
    return body | {"metadata": body["metadata"] | {"labels": ASKING}}


CRON = {"metadata": {"annotations": ASKING}}
"""The annotation on a CronJob's Jobs, which are not their pods."""

MISTAKES = [
    (
        "unlabelled",
        pod("a"),
        unlabelled("Pod unlabelled/client", anew("delete pod/client, and create it again.")),
    ),
    (
        "mislabelled",
        pod("a"),
        unlabelled(
            "Pod mislabelled/client",
            anew("delete pod/client, and create it again.", "mislabelled"),
            "mislabelled",
        ),
    ),
    *(
        (
            "unlabelled",
            workload(kind, template=ASKING),
            unlabelled(f"{kind} unlabelled/web", anew(f"rollout restart {kind.lower()}/web.")),
        )
        for kind in ("Deployment", "StatefulSet", "DaemonSet")
    ),
    *(
        (
            "unlabelled",
            workload(kind, template=ASKING),
            unlabelled(
                f"{kind} unlabelled/web",
                anew(f"delete {kind.lower()}/web, and create it again."),
            ),
        )
        for kind in ("ReplicaSet", "Job")
    ),
    (
        "unlabelled",
        workload("CronJob", template=ASKING),
        unlabelled("CronJob unlabelled/web", "wait for its next Job."),
    ),
    *(
        ("labelled", workload(kind, own=ASKING), misplaced(kind))
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")
    ),
    (
        "labelled",
        workload("CronJob", own=ASKING),
        misplaced("CronJob", "spec.jobTemplate.spec.template"),
    ),
    (
        "labelled",
        workload("CronJob")
        | {
            "spec": workload("CronJob")["spec"]
            | {"jobTemplate": CRON | {"spec": workload("Job")["spec"]}}
        },
        misplaced("CronJob", "spec.jobTemplate.spec.template"),
    ),
    *(
        (
            namespace,
            pod("a"),
            f"no import is mounted for Pod {namespace}/client, as none ever is in namespace"
            f" {namespace}: use another namespace.",
        )
        for namespace in ("kube-public", "multicluster-service-account")
    ),
    (
        "labelled",
        labelled(pod(None)),
        f"{ANNOTATION} is a label of Pod labelled/client and has no effect: make it an annotation.",
    ),
    *(
        (
            "labelled",
            body,
            f"annotation {FAMILY}s of {title} has no effect, as it is for namespaces: use"
            f" {ANNOTATION}, with the names of imports.",
        )
        for body, title in (
            (pod(None, annotations={f"{FAMILY}s": "c/n/a"}), "Pod labelled/client"),
            (workload("Job", template={f"{FAMILY}s": "c/n/a"}), "Job labelled/web"),
        )
    ),
    *(
        ("labelled", body, mounts_nothing(title))
        for body, title in (
            (pod(""), "Pod labelled/client"),
            (pod(None, annotations={f"{FAMILY}.kubeconfig": "true"}), "Pod labelled/client"),
            (workload("CronJob", template={f"{FAMILY}.kubeconfig": ""}), "CronJob labelled/web"),
        )
    ),
    *(
        (
            "labelled",
            workload("Deployment", template={ANNOTATION: value}),
            f"annotation {ANNOTATION} of Deployment labelled/web names what looks like a Secret:"
            " name the import, as the Secret without -token- and what follows.",
        )
        for value in ("a-token-4wdax", "a-token-4wdax , b")
    ),
    *(
        (
            "labelled",
            workload(kind, template={ANNOTATION: value}),
            f"pods of {kind} labelled/web will be refused, as annotation {ANNOTATION} has what"
            " cannot be the name of an import: give names of ServiceAccountImports, separated by"
            " commas.",
        )
        for kind, value in (("Deployment", "Cluster2"), ("CronJob", "a, b/c"), ("Job", "a b"))
    ),
]


@pytest.mark.parametrize(
    ("namespace", "body", "sentence"), MISTAKES, ids=[m[2][:60] for m in MISTAKES]
)
def test_mistake(cluster: ControlPlane, namespace: str, body: Object, sentence: str) -> None:
    output = create(cluster, body, namespace)
    assert [line for line in output.splitlines() if "Warning" in line] == [HEAD + sentence]
    assert "created (server dry run)" in output


KINDS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_that_is_well(cluster: ControlPlane, kind: str) -> None:
    assert "Warning" not in create(cluster, workload(kind, template=ASKING), "labelled")
    several = {ANNOTATION: ", a.b-c ,,\tcluster2-default-d\n"}
    assert "Warning" not in create(cluster, workload(kind, template=several), "labelled")
    both = workload(kind, template=ASKING, own=ASKING)
    assert "Warning" not in create(cluster, both, "labelled")
    assert "Warning" not in create(cluster, workload(kind), "unlabelled")


def test_a_pod_that_is_well(cluster: ControlPlane) -> None:
    assert "Warning" not in create(cluster, pod("a"), "labelled")
    assert "Warning" not in create(cluster, pod(None), "unlabelled")
    mirror = pod(None, annotations={ANNOTATION: "a", "kubernetes.io/config.mirror": "1"})
    mirror["spec"]["nodeName"] = "node"
    assert "Warning" not in create(cluster, mirror, "unlabelled")


def test_a_generated_name(cluster: ControlPlane) -> None:
    body = pod("a")
    body["metadata"] = {"generateName": "client-", "annotations": ASKING}
    output = create(cluster, body, "unlabelled")
    [name] = [line.split()[0] for line in output.splitlines() if line.startswith("pod/client-")]
    again = anew(f"delete {name}, and create it again.")
    assert unlabelled(f"Pod unlabelled/{name.removeprefix('pod/')}", again) in output


def test_a_pod_that_is_annotated_later(cluster: ControlPlane) -> None:
    create(cluster, pod(None, name="later"), "labelled", "create")
    annotate = "kubectl -n labelled annotate pod later"
    output = run(f"{annotate} {ANNOTATION}=a 2>&1", cluster)
    assert output == (
        f"{HEAD}annotation {ANNOTATION} has no effect on Pod labelled/later, as imports are mounted"
        " when a pod is created: run kubectl -n labelled delete pod/later, and create it again.\n"
        "pod/later annotated\n"
    )
    assert "Warning" not in run(f"{annotate} other=1 2>&1", cluster)
    assert "Warning" not in run(f"{annotate} {ANNOTATION}- 2>&1", cluster)


def test_controllers_hear_nothing(cluster: ControlPlane) -> None:
    """The ReplicaSet has the Deployment's annotations too."""
    create(cluster, workload("Deployment", own=ASKING), "unlabelled", "create")
    get_pods = ("get", "pods", "-n", "unlabelled", "-l", "app=web", "-o", "name")
    until(lambda: cluster.kubectl(*get_pods))
    [replicaset] = get(cluster, "replicasets", "-n", "unlabelled")["items"]
    del replicaset["metadata"]["uid"], replicaset["metadata"]["resourceVersion"]
    replicaset["metadata"]["name"] = "web-again"
    assert "Warning" not in create(cluster, replicaset, "unlabelled")


def test_huge_objects(cluster: ControlPlane) -> None:
    """They are warned of in time, and refused by nothing."""
    for names in ("," * 250_000, "a".ljust(250_000, "a")):
        assert HEAD in create_file(cluster, pod(names), "unlabelled")
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "u"}
    assert HEAD not in create_file(
        cluster, pod("a", annotations=ASKING, ownerReferences=[owner] * 10_000), "unlabelled"
    )


def create_file(cluster: ControlPlane, body: Object, namespace: str) -> str:
    """As `create`, of an object that is too long for an argument."""
    file = cluster.kubeconfig.parent / "huge.json"
    file.write_text(json.dumps(body))
    return run(f"kubectl -n {namespace} create --dry-run=server -f {file} 2>&1", cluster)


def test_the_policy_is_well_typed(cluster: ControlPlane) -> None:
    def status() -> Object:
        policy = get(cluster, "validatingadmissionpolicy", NAME)
        return dict(policy.get("status", {}))

    until(lambda: "typeChecking" in status())
    assert status()["typeChecking"] == {}
