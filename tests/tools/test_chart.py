"""The Helm chart has the objects of the kustomizations, as its values choose."""

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import ROOT
from tools.chart import archive, templates
from tools.chart.builds import Builds, Object, builds, with_components

IMAGE = "registry.example/name:v1.2.3"
ACTION = re.compile(r"\{\{ (.*?) \}\}")
CHOICE = re.compile(
    r"^\{\{ if \.Values\.(\w+) \}\}\n(.*?)^\{\{ else \}\}\n(.*?)^\{\{ end \}\}\n",
    re.DOTALL | re.MULTILINE,
)
CLUSTER_SCOPED = {
    *("Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"),
    *("CompositeController", "DecoratorController", "MutatingWebhookConfiguration"),
    *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
}


def rendered(files: dict[str, str], **chosen: Any) -> list[Object]:
    """What Helm makes of the templates, which use no more of its language than this knows."""
    values = yaml.safe_load(files["values.yaml"]) | chosen

    def value(path: str) -> Any:
        node = values
        for key in path.removeprefix(".Values.").split("."):
            node = node[key]
        return node

    def expression(match: re.Match[str]) -> str:
        match match[1].split():
            case ['"{{"']:
                return "{{"
            case ["toJson", path]:
                return json.dumps(value(path))
            case [path]:
                return str(value(path))
        raise AssertionError(match[0])

    texts = [
        CHOICE.sub(lambda match: match[2 if values[match[1]] else 3], text)
        for path, text in files.items()
        if path.startswith("templates/")
    ]
    return [yaml.safe_load(ACTION.sub(expression, text)) for text in texts if text.strip()]


def deployment(name: str, replicas: int | None) -> Object:
    container = {"name": name, "image": IMAGE, "resources": {"limits": {"memory": f"{name}Mi"}}}
    number = {} if replicas is None else {"replicas": replicas}
    spec = number | {"template": {"spec": {"containers": [container]}}}
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def autoscaler(least: int) -> Object:
    spec = {"minReplicas": least, "maxReplicas": 10}
    return {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "hooks"}, "spec": spec}


def webhook(**annotations: str) -> Object:
    metadata = {"name": "webhook"} | ({"annotations": annotations} if annotations else {})
    return {"kind": "MutatingWebhookConfiguration", "metadata": metadata}


def made_up() -> Builds:
    both = [deployment("hooks", 2), deployment("admission", 2)]
    issuer = {"kind": "Issuer", "metadata": {"name": "issuer"}}
    policy = {"kind": "Policy", "metadata": {"name": "namespaces"}}
    texts = {"expr": "{{ $labels.cluster }} << 1", "text": "a\n  {{b}}\n"}
    rule = {"kind": "Rule", "metadata": {"name": "rule"}, **texts}
    ours = [deployment("certificates", 1), webhook()]
    return Builds(
        [*both, *ours],
        [*both, webhook(ca="issuer"), issuer],
        [deployment("hooks", None), deployment("admission", 2), *ours, autoscaler(2)],
        [policy],
        [rule],
    )


def by_name(objects: list[Object]) -> dict[str, Object]:
    named = {f"{o['kind']}/{o['metadata']['name']}": o for o in objects}
    assert len(named) == len(objects)
    return named


def test_a_server() -> None:
    template = archive.files(made_up())["templates/deployment-admission.yaml"]
    assert template.splitlines() == [
        "kind: Deployment",
        "metadata:",
        "  name: admission",
        "spec:",
        "  replicas: {{ toJson .Values.replicas }}",
        "  template:",
        "    spec:",
        "      containers:",
        "      - name: admission",
        "        image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
        "        resources: {{ toJson .Values.resources.admission }}",
    ]


def test_a_webhook_with_cert_manager_and_without() -> None:
    files = archive.files(made_up())
    assert files["templates/mutatingwebhookconfiguration-webhook.yaml"] == (
        "{{ if .Values.certManager }}\n"
        "kind: MutatingWebhookConfiguration\nmetadata:\n  name: webhook\n"
        "  annotations:\n    ca: issuer\n"
        "{{ else }}\n"
        "kind: MutatingWebhookConfiguration\nmetadata:\n  name: webhook\n"
        "{{ end }}\n"
    )


def test_templates_of_alerts_are_kept_as_they_are() -> None:
    assert '{{ "{{" }} $labels.cluster }}' in archive.files(made_up())["templates/rule-rule.yaml"]


@pytest.fixture(params=["made-up", pytest.param("real", marks=pytest.mark.cluster)])
def sources(request: pytest.FixtureRequest) -> Builds:
    """Objects made up, and those of the kustomizations."""
    return made_up() if request.param == "made-up" else builds()


def test_the_objects_are_those_of_the_kustomizations(sources: Builds) -> None:
    files = archive.files(sources)
    optional = {"namespaces": sources.namespaces, "monitoring": sources.monitoring}
    components: dict[str, list[Object]] = {
        "": sources.install,
        "certManager": sources.cert_manager,
        "autoscaling": sources.autoscaling,
    }
    for component, objects in components.items():
        chosen = {component: True} if component else {}
        assert by_name(rendered(files, **chosen)) == by_name(objects)
        for value, added in optional.items():
            assert by_name(rendered(files, **chosen, **{value: True})) == by_name(
                [*objects, *added]
            )


@pytest.mark.cluster
def test_both_components() -> None:
    files = archive.files(builds())
    both = with_components("cert-manager", "autoscaling")
    assert by_name(rendered(files, certManager=True, autoscaling=True)) == by_name(both)


def test_other_values_with_autoscaling() -> None:
    objects = by_name(rendered(archive.files(made_up()), replicas=3, autoscaling=True))
    assert objects["HorizontalPodAutoscaler/hooks"]["spec"]["minReplicas"] == 3
    assert "replicas" not in objects["Deployment/hooks"]["spec"]
    assert objects["Deployment/admission"]["spec"]["replicas"] == 3


@pytest.mark.cluster
def test_no_object_goes_into_the_namespace_of_the_release() -> None:
    for manifest in (manifest for build in builds() for manifest in build):
        is_namespaced = "namespace" in manifest["metadata"]
        assert is_namespaced != (manifest["kind"] in CLUSTER_SCOPED), manifest["metadata"]


@pytest.mark.cluster
def test_every_pod_has_the_image_of_the_values() -> None:
    chart = archive.files(builds())
    images = [line for text in chart.values() for line in re.findall(r"\bimage: *(.+)", text)]
    assert {*images} == {templates.IMAGE}


def test_other_values() -> None:
    image = {"repository": "registry.example:5000/other", "tag": "V2.0_rc@sha256:" + "0" * 64}
    resources = {"hooks": {"limits": {"memory": "2Mi"}}, "admission": None, "certificates": {}}
    files = archive.files(made_up())
    objects = by_name(rendered(files, image=image, replicas=3, resources=resources))
    for name, replicas in (("hooks", 3), ("admission", 3), ("certificates", 1)):
        spec = objects[f"Deployment/{name}"]["spec"]
        [container] = spec["template"]["spec"]["containers"]
        assert spec["replicas"] == replicas
        assert container["image"] == f"{image['repository']}:{image['tag']}"
        assert container["resources"] == resources[name]


def test_schema_of_the_values() -> None:
    schema = json.loads(archive.files(made_up())["values.schema.json"])
    properties = schema["properties"]
    assert schema["additionalProperties"] is False
    assert properties["replicas"] == {"type": "integer", "minimum": 0}
    assert properties["certManager"] == {"type": "boolean"}
    assert properties["resources"]["properties"] == {
        name: {"type": "object"} for name in ("hooks", "admission", "certificates")
    }
    assert properties["image"] == {
        "type": "object",
        "additionalProperties": False,
        "properties": {"repository": {"type": "string"}, "tag": {"type": "string"}},
    }


def test_documented_values() -> None:
    """Each value of the chart is in the document, and no other."""
    values = yaml.safe_load(archive.files(made_up())["values.yaml"])
    image = {f"image.{key}" for key in values.pop("image")}
    del values["resources"]
    table = "\n".join(re.findall(r"^\| (`.*?) \|", page("helm.md"), re.MULTILINE))
    assert {*re.findall(r"`([\w.]+)`", table)} == {*values, *image, "resources.NAME"}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_metadata() -> None:
    metadata = yaml.safe_load(archive.files(made_up())["Chart.yaml"])
    assert metadata["version"] == metadata["appVersion"] == archive.version()


def test_the_archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archive, "builds", made_up)
    path = archive.write(tmp_path)
    name = "multicluster-service-account"
    assert path == tmp_path / f"{name}-{archive.version()}.tgz"
    assert path.name in page("helm.md")
    first = path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        texts = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        read = {name: text.read().decode() for name, text in texts.items() if text}
    files = archive.files(made_up())
    assert read == {f"{name}/{path}": text for path, text in files.items()}
    assert archive.write(tmp_path).read_bytes() == first
