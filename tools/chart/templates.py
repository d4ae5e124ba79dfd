"""Templates of the Helm chart: each object as YAML, with the chart's values in it."""

import json
import re

import yaml

from tools.chart.builds import Builds, Object

SERVERS = ("hooks", "admission")
"""The Deployments that the value `replicas` is for."""
IMAGE = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"


def templates(builds: Builds, image: str) -> dict[str, str]:
    """The texts of all templates, by their paths in the chart; `image` is the manifests' image."""
    install = texts(builds.install, image)
    chart = dict(install)
    # No object differs by both.
    for value, objects in (
        ("certManager", builds.cert_manager),
        ("autoscaling", builds.autoscaling),
    ):
        chosen = texts(objects, image)
        for path in install | chosen:
            if (text := chosen.get(path, "")) != (otherwise := install.get(path, "")):
                chart[path] = either(value, text, otherwise)
    for value, objects in (("namespaces", builds.namespaces), ("monitoring", builds.monitoring)):
        for path, text in texts(objects, image).items():
            chart[path] = either(value, text)
    return chart


def texts(objects: list[Object], image: str) -> dict[str, str]:
    """The text of each object's template, by its path in the chart."""
    paths = [f"templates/{o['kind'].lower()}-{o['metadata']['name']}.yaml" for o in objects]
    return dict(zip(paths, (template(o, image) for o in objects), strict=True))


def either(value: str, text: str, otherwise: str = "") -> str:
    """A template that is `text` if the chart's value is true."""
    return f"{{{{ if .Values.{value} }}}}\n{text}{{{{ else }}}}\n{otherwise}{{{{ end }}}}\n"


def template(manifest: Object, image: str) -> str:
    """The object as YAML, with expressions of Helm for what the chart's values change."""
    text = yaml.dump(with_values(manifest), Dumper=Dumper, sort_keys=False, width=1000)
    text = text.replace("{{", '{{ "{{" }}')  # of alerts and the dashboard, not of Helm
    text = re.sub(r"HELM\((.*)\)$", r"{{ \1 }}", text, flags=re.MULTILINE)
    return text.replace(image, IMAGE)


def with_values(manifest: Object) -> Object:
    """A copy with HELM(expression) for the resources and the number of replicas."""
    copy: Object = json.loads(json.dumps(manifest))
    name = copy["metadata"]["name"]
    if copy["kind"] == "Deployment":
        container(copy)["resources"] = f"HELM(toJson .Values.resources.{name})"
        if "replicas" in copy["spec"] and name in SERVERS:
            copy["spec"]["replicas"] = "HELM(toJson .Values.replicas)"
    if copy["kind"] == "HorizontalPodAutoscaler":
        copy["spec"]["minReplicas"] = "HELM(toJson .Values.replicas)"
    return copy


def container(deployment: Object) -> Object:
    """The only container of a Deployment."""
    containers: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    [only] = containers
    return only


class Dumper(yaml.SafeDumper):
    """Writes strings of several lines as block literals."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


Dumper.add_representer(str, Dumper.represent_str)
