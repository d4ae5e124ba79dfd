"""Facts that YAML and documents repeat are what their owners in Python say."""

import re
import tomllib
from datetime import timedelta
from typing import Any

import pytest
import yaml

from mcsa_certificates import desired, pki
from mcsa_core import names
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import Reason
from mcsa_core.token import MAX_EXPIRATION, MIN_EXPIRATION
from mcsa_hooks.admission import annotations, patch
from mcsa_hooks.namespaces import entries
from mcsa_hooks.namespaces import request as namespaces_request
from mcsa_hooks.namespaces import sync as namespaces
from mcsa_hooks.serviceaccountimports import request, secret_template, variables
from mcsa_hooks.serviceaccountimports.metrics import RESYNC_SECONDS
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport
from support import ROOT
from support.cluster.binaries import binaries
from support.documents import PAGES, blocks

DOCUMENTS = "\n".join(page.read_text() for page in PAGES)
DEPLOY = ROOT / "deploy"
METACONTROLLER = ROOT / "metacontroller"
CONTROLLERS = ("serviceaccountimports.yaml", "namespaces/controller.yaml")
YAML = [file for folder in (DEPLOY, METACONTROLLER) for file in sorted(folder.rglob("*.yaml"))]
ENABLED = {names.SYSTEM_NAMESPACE: "enabled"}
"""The label of namespaces."""
SECRETS = {desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES}


def page(name: str) -> str:
    """The text of a page of docs/."""
    return (ROOT / "docs" / name).read_text()


def manifests(file: str, kind: str) -> list[Any]:
    """The manifests of a kind in a file of deploy/."""
    documents = yaml.safe_load_all((DEPLOY / file).read_text())
    return [manifest for manifest in documents if manifest["kind"] == kind]


def controller(file: str) -> Any:
    """The spec of Metacontroller's controller."""
    return yaml.safe_load((METACONTROLLER / file).read_text())["spec"]


def numbers(policy: Any) -> dict[str, list[int]]:
    """The numbers of two digits and more, by the name of a variable, or by "validations"."""
    texts = {variable["name"]: variable["expression"] for variable in policy.get("variables", [])}
    fields = ("expression", "message")
    validations = [rule[key] for rule in policy["validations"] for key in fields if key in rule]
    texts["validations"] = "\n".join(validations)
    number = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")
    digits = {name: number.findall(text) for name, text in texts.items()}
    return {name: [*map(int, strings)] for name, strings in digits.items() if strings}


def test_reasons_in_the_table() -> None:
    table = page("troubleshooting.md")
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(Reason)


def test_reasons_that_the_hooks_give() -> None:
    """All members, and no string beside them."""
    folder = ROOT / "hooks" / "mcsa_hooks" / "serviceaccountimports"
    sources = "\n".join(file.read_text() for file in folder.glob("*.py"))
    assert set(re.findall(r"\bReason\.([A-Z_]+)", sources)) == Reason.__members__.keys()
    assert set(re.findall(r'"(\w+)"', sources)) & set(Reason) == set()


def test_reasons_in_alerts() -> None:
    useful = (Reason.TOKEN_ISSUED, Reason.FORBIDDEN, Reason.REJECTED)
    [rules] = manifests("monitoring/alerts.yaml", "PrometheusRule")
    outcomes = re.findall(r'outcome=~?"(.*?)"', str(rules["spec"]))
    answered = "|".join((*useful, Reason.SERVICE_ACCOUNT_NOT_FOUND, Reason.REVOKED))
    assert outcomes == [Reason.CLUSTER_UNREACHABLE, answered]


def test_schema_of_imports() -> None:
    [crd] = manifests("crd.yaml", "CustomResourceDefinition")
    assert crd["metadata"]["name"] == f"{names.PLURAL}.{names.GROUP}"
    assert (crd["spec"]["names"]["kind"], crd["spec"]["names"]["plural"]) == (
        names.KIND,
        names.PLURAL,
    )
    [version] = crd["spec"]["versions"]
    assert f"{crd['spec']['group']}/{version['name']}" == names.API_VERSION
    schema = version["schema"]["openAPIV3Schema"]
    [rule] = schema["x-kubernetes-validations"]
    assert rule["rule"] == f"self.metadata.name.size() <= {names.LABEL_LENGTH}"
    spec = schema["properties"]["spec"]["properties"]
    del spec["audiences"], spec["secrets"]
    for field in spec.values():
        del field["description"]
    label = {"type": "string", "minLength": 1, "maxLength": names.LABEL_LENGTH}
    subdomain = f"^{names._SUBDOMAIN.pattern}$"  # noqa: SLF001
    assert spec == {
        "clusterName": label | {"pattern": subdomain},
        "namespace": label | {"pattern": f"^{names._LABEL}$"},  # noqa: SLF001
        "name": label | {"pattern": subdomain, "maxLength": names.SUBDOMAIN_LENGTH},
        "expirationSeconds": {
            "type": "integer",
            "format": "int64",
            "minimum": MIN_EXPIRATION,
            "maximum": MAX_EXPIRATION,
            "default": request.DEFAULT_EXPIRATION,
        },
    }


def test_schema_of_other_secrets() -> None:
    """The limits and the variables that the hooks know too."""
    [crd] = manifests("crd.yaml", "CustomResourceDefinition")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    secrets = schema["properties"]["spec"]["properties"]["secrets"]
    fields = secrets["items"]["properties"]
    data = fields["data"]
    assert secrets["maxItems"] == secret_template.MAX_SECRETS
    sections = (fields["labels"], fields["annotations"], data)
    assert {section["maxProperties"] for section in sections} == {secret_template.MAX_ENTRIES}
    assert data["additionalProperties"]["maxLength"] == secret_template.MAX_VALUE
    rules = data["additionalProperties"]["x-kubernetes-validations"]
    replaced = re.findall(r"\$\(([\w.]+)\)", " ".join(rule["rule"] for rule in rules))
    assert sorted(replaced) == sorted(secret_template.VARIABLES)
    listed = ", ".join(secret_template.VARIABLES)
    assert all(listed in rule["message"] for rule in rules)
    sai = ServiceAccountImport("a", "b", "c", "d", "e", "f", 600, (), (), {})
    values = variables.values(sai, Access(Endpoint("s", "c"), "t", "n"))
    assert {f"({name})" for name in secret_template.VARIABLES} | {"$"} == values.keys()


def test_labels_annotations_and_types() -> None:
    """All strings of our group, and the types of Secrets, which only YAML knows."""
    text = "\n".join(file.read_text() for file in YAML)
    types = {manifest["type"] for manifest in manifests("certificates.yaml", "Secret")}
    ours = {names.API_VERSION, names.IMPORT_NAME, annotations.KUBECONFIG, namespaces.ANNOTATION}
    strings = re.findall(rf"(?<![\w.]){re.escape(names.GROUP)}/[\w.-]+", text)
    assert set(strings) == ours | types
    decorators = re.findall(r"metacontroller\.k8s\.io/(?!v1)[\w.-]+", text)
    assert {*decorators} == {namespaces_request._DECORATOR}  # noqa: SLF001


def test_labels_and_annotations_in_the_documents() -> None:
    """No other string of our group, but for labels of the original; the reference has them all."""
    string = re.compile(rf"(?<![\w.]){re.escape(names.GROUP)}/[\w.-]*\w")
    annotated = {annotations.KUBECONFIG, namespaces.ANNOTATION, namespaces.ERROR, names.SCOPE}
    ours = {names.API_VERSION, names.IMPORT_NAME, f"{names.GROUP}/grant"} | annotated
    assert set(string.findall(page("reference.md"))) == ours
    used = set(string.findall(DOCUMENTS))
    assert used - ours == {f"{names.GROUP}/remote-secret.uid"}
    simple = set(string.findall((ROOT / "README.md").read_text() + page("automount.md")))
    assert simple == {names.API_VERSION, names.IMPORT_NAME} | annotated - {names.SCOPE}


def test_label_of_namespaces() -> None:
    [configuration] = manifests("webhook.yaml", "MutatingWebhookConfiguration")
    [webhook] = configuration["webhooks"]
    [policy] = manifests("policy-mounts.yaml", "ValidatingAdmissionPolicy")
    [namespace] = controller("namespaces/controller.yaml")["resources"]
    selectors = (
        webhook["namespaceSelector"],
        policy["spec"]["matchConstraints"]["namespaceSelector"],
        namespace["labelSelector"],
    )
    assert [selector["matchLabels"] for selector in selectors] == [ENABLED] * 3
    texts = (DOCUMENTS, (ROOT / "lib/multicluster_service_account/mounted_imports.py").read_text())
    labels = {label for text in texts for label in re.findall(r"([\w-]+)=enabled", text)}
    assert labels == ENABLED.keys()


def test_warnings_of_pods() -> None:
    """They are of the annotations and the label that are looked at."""
    text = (DEPLOY / "policy-warnings.yaml").read_text()
    keys = {names.IMPORT_NAME, annotations.KUBECONFIG, namespaces.ANNOTATION}
    assert {*re.findall(rf"{re.escape(names.GROUP)}/[\w.-]+", text)} == keys
    assert f"variables.annotation.size() > {annotations.MAX_LENGTH} " in text
    [[label, value]] = ENABLED.items()
    assert f"?labels['{label}'].orValue('') == '{value}'" in text
    assert f"kubectl label --overwrite namespace {{}} {label}={value}" in re.sub(
        r"' \+ request.namespace\s+\+ '", "{}", text
    )


def test_mount_root() -> None:
    root = r"/var/run/secrets/[\w./]*\w"
    policy = (DEPLOY / "policy-mounts.yaml").read_text()
    assert re.findall(root, policy) == [names.MOUNT_ROOT]
    mounts = {path[: len(names.MOUNT_ROOT)] for path in re.findall(root, DOCUMENTS)}
    assert mounts == {names.MOUNT_ROOT}


def test_secrets_that_are_filled() -> None:
    [role] = manifests("certificates.yaml", "Role")
    assert sorted(role["rules"][0]["resourceNames"]) == sorted(SECRETS)
    shipped = [secret["metadata"]["name"] for secret in manifests("certificates.yaml", "Secret")]
    assert sorted(shipped) == sorted(SECRETS)


def test_webhook_that_is_told_the_ca() -> None:
    [role] = manifests("certificates.yaml", "ClusterRole")
    assert role["rules"][0]["resourceNames"] == [desired.WEBHOOK]
    [configuration] = manifests("webhook.yaml", "MutatingWebhookConfiguration")
    assert configuration["metadata"]["name"] == desired.WEBHOOK
    service = configuration["webhooks"][0]["clientConfig"]["service"]
    host = f"{service['name']}.{service['namespace']}.svc"
    assert host in desired.names_of(desired.LEAVES["mcsa-admission-tls"])


@pytest.mark.parametrize("name", desired.LEAVES)
def test_secrets_that_are_mounted(name: str) -> None:
    service = desired.LEAVES[name]
    [deployment] = manifests(f"{service}.yaml", "Deployment")
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    token = {"bearer": desired.TOKEN} if service == "hooks" else {}
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in volumes}
    assert secrets == {"tls": name} | token
    [exposed] = manifests(f"{service}.yaml", "Service")
    metadata = exposed["metadata"]
    assert f"{metadata['name']}.{metadata['namespace']}.svc" in desired.names_of(service)


@pytest.mark.parametrize("file", CONTROLLERS)
def test_what_metacontroller_is_told(file: str) -> None:
    spec = controller(file)
    [host, *_] = desired.names_of("hooks")
    namespace = {"namespace": names.SYSTEM_NAMESPACE}
    authority = namespace | {"name": desired.AUTHORITY, "key": "ca.crt"}
    token = namespace | {"name": desired.TOKEN, "key": "token"}
    assert spec["endpointConfigs"] == [
        {
            "host": host,
            "caBundle": {"secretRef": authority},
            "authorization": {"type": "Bearer", "secretRef": token},
        }
    ]
    urls = [hook["webhook"]["url"] for hook in spec["hooks"].values()]
    assert [url.split("/")[2] for url in urls] == [host] * len(urls)


def test_resync_period() -> None:
    period = controller("serviceaccountimports.yaml")["resyncPeriodSeconds"]
    assert period == RESYNC_SECONDS


def test_changes_of_controllers() -> None:
    """The documents change the timeout so that Metacontroller reads Secrets, and change it back."""
    timeouts = {controller(file)["hooks"]["sync"]["webhook"]["timeout"] for file in CONTROLLERS}
    assert timeouts == {"10s"}
    patches = re.findall(r'"timeout": "([^"]+)"', DOCUMENTS)
    assert patches == ["11s", "10s", "10.'$(date +%s)'s", "10s"]


def test_lives_of_certificates() -> None:
    certificates = manifests("cert-manager/certificates.yaml", "Certificate")
    hour = timedelta(hours=1)
    # A server's certificate is due for the last third of its life.
    leaf = {"duration": pki.LEAF_LIFE, "renewBefore": pki.LEAF_LIFE / 3}
    lives = {
        certificate["metadata"]["name"]: {
            key: int(value.removesuffix("h")) * hour
            for key, value in certificate["spec"].items()
            if key in ("duration", "renewBefore")
        }
        for certificate in certificates
    }
    assert lives == dict.fromkeys(desired.LEAVES, leaf) | {
        desired.AUTHORITY: {"duration": pki.AUTHORITY_LIFE}
    }


def test_bounds_of_pods() -> None:
    [policy] = manifests("policy-mounts.yaml", "ValidatingAdmissionPolicy")
    length, imports = annotations.MAX_LENGTH, annotations.MAX_IMPORTS
    containers, mounts = patch.MAX_CONTAINERS, patch.MAX_MOUNTS
    assert numbers(policy["spec"]) == {
        "names": [length],
        "containers": [containers],
        "bounded": [imports, containers, mounts],
        "validations": [length, length, imports, containers, mounts],
    }
    assert (
        f"at most {imports} names and {length} characters. With its imports such a pod can have at"
        f" most {containers} containers, {mounts} mounts and {patch.MAX_VOLUMES} volumes."
    ) in " ".join(page("automount.md").split())


def test_bounds_of_namespaces() -> None:
    file = METACONTROLLER / "namespaces" / "policy.yaml"
    policies = [
        numbers(manifest["spec"])
        for manifest in yaml.safe_load_all(file.read_text())
        if manifest["kind"] == "ValidatingAdmissionPolicy"
    ]
    assert policies == [{"validations": [entries.MAX_LENGTH] * 2}, {}]
    text = " ".join(page("automount.md").split())
    assert f"Longer annotations than {entries.MAX_LENGTH} characters are refused" in text
    assert f"within the first {entries.MAX_LENGTH} count" in text


def test_bounds_of_expiration_in_the_documents() -> None:
    text = " ".join(page("clusters.md").split())
    assert f"from {MIN_EXPIRATION} (10 minutes) to {MAX_EXPIRATION} (a year)" in text


def test_import_of_the_quick_start() -> None:
    """What README shows is the file that it applies."""
    example = (DEPLOY / "examples" / "import.yaml").read_text()
    assert blocks("README.md", "yaml") == [example]


def test_versions() -> None:
    """README and the page on installing name those that are tested, and the oldest Python."""
    readme, makefile = ((ROOT / name).read_text() for name in ("README.md", "Makefile"))
    modules = (ROOT / "tests/support/cluster").glob("1.*/go.mod")
    oldest, newest = sorted(module.parent.name for module in modules)
    assert binaries.__defaults__ == (newest,)
    assert f"support.cluster {oldest} " in makefile
    claim = f"- Kubernetes {oldest} to {newest}"
    assert f"{claim}: all tests run on {newest}, those of the manifests on {oldest} too." in readme
    assert f"(Kubernetes {oldest} or later" in readme
    assert f"{claim} in both" in page("install.md")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = project["requires-python"].removeprefix(">=")
    assert f", Python {python} or later." in readme


def test_components() -> None:
    """The documents apply the folders that tests/deploy/test_uninstalling.py applies."""
    _, namespaces_component = blocks("docs/automount.md", "shell")
    [monitoring] = blocks("docs/monitoring.md", "sh")
    apply = "kubectl --context cluster1 apply -k"
    assert namespaces_component.startswith(f"{apply} metacontroller/namespaces\n")
    assert monitoring == f"{apply} deploy/monitoring\n"


def test_image_of_kubectl() -> None:
    """The documents name one that an example has."""
    image = re.compile(r"registry\.k8s\.io/kubectl:[\w.]*\w")
    example = DEPLOY / "examples" / "multicluster-client" / "cluster1.yaml"
    assert set(image.findall(DOCUMENTS)) == set(image.findall(example.read_text()))
    assert not re.findall(r"image[:=] ?kubectl\b", DOCUMENTS)


def test_installation_of_the_quick_start() -> None:
    """README installs as the page on installing does, and builds the image that is installed."""
    create, install, *_ = blocks("README.md", "shell", "Quick start")
    [own] = blocks("docs/install.md", "shell", "Metacontroller")
    [servers] = blocks("docs/install.md", "bash", "The servers")
    [command, _] = blocks("docs/install.md", "shell", "kubemcsa")
    applied = (own + servers).replace("--context cluster1", "--context $CONTEXT1")
    assert install == command + applied
    [image] = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())["images"]
    name = f"{image['newName']}:{image['newTag']}"
    assert f"\nIMAGE={name}\ndocker build -t $IMAGE .\nkind load docker-image $IMAGE" in create
    assert [line.partition("=")[0] for line in create.splitlines()[-2:]] == ["CONTEXT1", "CONTEXT2"]
    assert f"`{name}`" in page("install.md")
