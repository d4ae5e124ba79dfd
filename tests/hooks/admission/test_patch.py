import jsonpatch
import pytest
import yaml

from mcsa_hooks.admission.annotations import AnnotationError
from mcsa_hooks.admission.patch import patch
from mcsa_hooks.admission.volumes import _volume_name
from support.samples.admission_cases import NAMES, PODS, REFUSED
from support.samples.admission_pods import (
    ANNOTATION,
    KUBECONFIG,
    MOUNT_ROOT,
    Object,
    mount_paths,
    pod,
)


@pytest.mark.parametrize("name", NAMES)
def test_patch(name: str) -> None:
    written = yaml.safe_load((PODS / f"{name}.yaml").read_text())
    expected = yaml.safe_load((PODS / f"{name}.patch.yaml").read_text())
    assert patch(written, "default") == expected


def test_the_secret_is_that_of_the_namespace_of_the_request() -> None:
    written = pod("cluster2-default-pod-lister", namespace="elsewhere")
    operations = patch(written, "default")
    assert operations[0]["value"][0]["secret"] == {
        "secretName": "cluster2-default-pod-lister-token-4wdax"
    }


def test_a_device_at_that_path_is_left_alone() -> None:
    written = pod("cluster2-default-pod-lister")
    written["spec"]["containers"][0]["volumeDevices"] = [
        {"name": "disk", "devicePath": f"{MOUNT_ROOT}/cluster2-default-pod-lister"}
    ]
    assert patch(written, "default") == []


def test_60_containers_and_32_imports() -> None:
    names = [f"{number:02}-{'n' * 60}" for number in range(32)]
    written = pod(",".join(names))
    written["spec"]["containers"] *= 60
    operations = patch(written, "default")
    assert [operation["path"] for operation in operations] == [
        "/spec/volumes",
        *(f"/spec/containers/{index}/volumeMounts" for index in range(60)),
    ]
    assert all(len(operation["value"]) == 32 for operation in operations)
    volumes = [volume["name"] for volume in operations[0]["value"]]
    assert len(set(volumes)) == 32
    assert max(len(volume) for volume in volumes) == 63


@pytest.mark.parametrize("names", ["", ",", " ", " , ,\n,", "," * 4096, None])
def test_nothing_asked_for(names: str | None) -> None:
    assert patch(pod(names), "default") == []


@pytest.mark.parametrize("names", REFUSED)
def test_a_name_that_can_not_be_is_refused(names: str) -> None:
    with pytest.raises(AnnotationError) as refusal:
        patch(pod(names), "default")
    assert str(refusal.value) == REFUSED[names]


@pytest.mark.parametrize("names", ["x" * 63, "a.b", "0"])
def test_a_name_that_can_be_is_mounted(names: str) -> None:
    [_, mounts] = patch(pod(names), "default")
    written = pod(names)
    written["spec"]["containers"][0]["volumeMounts"] = mounts["value"]
    assert mount_paths(written) == [[f"{MOUNT_ROOT}/{names}"]]


def test_neither_true_nor_false_is_refused() -> None:
    written = pod(None, annotations={ANNOTATION: "a", KUBECONFIG: "True"})
    with pytest.raises(AnnotationError) as refusal:
        patch(written, "default")
    assert str(refusal.value) == (
        "annotation multicluster.admiralty.io/service-account-import.kubeconfig is"
        ' "True": set it to "true", or remove it.'
    )


def test_the_longest_annotation() -> None:
    [volume, _] = patch(pod("a".ljust(4096, ",")), "default")
    assert len(volume["value"]) == 1


def mounts(count: int) -> list[Object]:
    return [{"name": "data", "mountPath": f"/{number}"} for number in range(count)]


def devices(count: int) -> list[Object]:
    return [{"name": "disk", "devicePath": f"/dev/{number}"} for number in range(count)]


def named_like_ours(count: int) -> list[Object]:
    return [{"name": _volume_name("a", number), "emptyDir": {}} for number in range(count)]


LARGEST: dict[str, Object] = {
    "128 containers": {"containers": [{}] * 100, "initContainers": [{}] * 28},
    "4096 mounts": {"containers": [{"volumeMounts": mounts(4000), "volumeDevices": devices(95)}]},
    "1024 volumes": {"volumes": named_like_ours(1023)},
}
TOO_LARGE: dict[str, Object] = {
    "129 containers": {"containers": [{}] * 128, "initContainers": [{}]},
    "20000 containers": {"containers": [{}] * 20_000},
    "4097 mounts": {"containers": [{"volumeMounts": mounts(4096)}]},
    "4098 mounts": {"containers": [{"volumeMounts": mounts(4000), "volumeDevices": devices(97)}]},
    "1025 volumes": {"volumes": named_like_ours(1024)},
    "65001 volumes": {"volumes": named_like_ours(65_000)},
}


@pytest.mark.parametrize("case", LARGEST)
def test_the_largest_pods(case: str) -> None:
    written = pod("a")
    written["spec"] |= LARGEST[case]
    mounted = jsonpatch.apply_patch(written, patch(written, "default"))
    assert patch(mounted, "default") == []


@pytest.mark.parametrize("case", TOO_LARGE)
def test_a_pod_that_is_too_large(case: str) -> None:
    written = pod("a")
    written["spec"] |= TOO_LARGE[case]
    most = {"containers": 128, "mounts": 4096, "volumes": 1024}[case.split()[1]]
    with pytest.raises(AnnotationError) as refusal:
        patch(written, "default")
    assert str(refusal.value) == (
        "annotation multicluster.admiralty.io/service-account-import.name: with its imports the"
        f" pod has {case}, and can have at most {most}: make it smaller, or remove the annotation."
    )
    written["metadata"]["annotations"] = {}
    assert patch(written, "default") == []
