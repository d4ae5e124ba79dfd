import pytest
import yaml

from admissioncases import NAMES, PODS, REFUSED
from admissionpods import ANNOTATION, KUBECONFIG, ROOT, mount_paths, pod
from mcsa_hooks.admission.annotations import AnnotationError
from mcsa_hooks.admission.patch import patch


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
        {"name": "disk", "devicePath": f"{ROOT}/cluster2-default-pod-lister"}
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


@pytest.mark.parametrize("names", ["", ",", " ", " , ,\n,", None])
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
    assert mount_paths(written) == [[f"{ROOT}/{names}"]]


def test_neither_true_nor_false_is_refused() -> None:
    written = pod(None, annotations={ANNOTATION: "a", KUBECONFIG: "True"})
    with pytest.raises(AnnotationError) as refusal:
        patch(written, "default")
    assert str(refusal.value) == (
        "annotation multicluster.admiralty.io/service-account-import.kubeconfig is"
        ' "True": set it to "true", or remove it.'
    )


def test_more_mounts_than_a_pod_can_have() -> None:
    asking = pod(",".join(f"n{number}" for number in range(32)))
    asking["spec"]["containers"] = [{}] * 20_000
    with pytest.raises(AnnotationError) as raised:
        patch(asking, "default")
    assert str(raised.value) == (
        "annotation multicluster.admiralty.io/service-account-import.name asks for 32 imports in"
        " 20000 containers, and a pod can have at most 20000 such mounts."
    )
