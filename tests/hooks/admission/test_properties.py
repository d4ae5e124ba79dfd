"""What holds of every pod, with the patch applied by an independent library."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsa_core.names import is_label, secret_name
from mcsa_hooks.admission import response
from mcsa_hooks.admission.patch import patch
from mcsa_hooks.admission.review import judge
from mcsa_hooks.jsontypes import MalformedError
from support.samples.admission_pods import ANNOTATION, KUBECONFIG, MOUNT_ROOT, review

Object = dict[str, Any]

NAMES = ["a", "a.b", "a-b", "c" * 63, "d." * 31 + "d"]
OWN_VOLUMES = ["sai-a-d7e98967", "sai-a-773232ab", "sai-a-b-b4dcff93", "sai-a-b-220767c7"]
PATHS = [
    "/data",
    MOUNT_ROOT,
    *(f"{MOUNT_ROOT}/{name}" for name in NAMES),
    *(f"{MOUNT_ROOT}/{n}/" for n in NAMES),
]

sources = st.sampled_from(
    [
        {"emptyDir": {}},
        {"secret": {"secretName": "mine"}},
        {"secret": None, "hostPath": {"path": "/"}},
        *({"secret": {"secretName": secret_name("default", name)}} for name in NAMES),
        {"secret": {"secretName": secret_name("default", "a"), "optional": True}},
        {"secret": {"secretName": secret_name("default", "a"), "items": [{"key": "token"}]}},
    ]
)


def lists(elements: st.SearchStrategy[Any], key: str) -> st.SearchStrategy[Any]:
    """Also null, and nothing in it twice."""
    return st.none() | st.lists(elements, max_size=4, unique_by=lambda element: element[key])


volumes = lists(
    st.builds(
        lambda name, source: {"name": name, **source},
        st.sampled_from(["data", "other", *OWN_VOLUMES]),
        sources,
    ),
    "name",
)
containers = st.fixed_dictionaries(
    {"name": st.just("some"), "image": st.just("some")},
    optional={
        "volumeMounts": lists(
            st.fixed_dictionaries({"name": st.just("data"), "mountPath": st.sampled_from(PATHS)}),
            "mountPath",
        ),
        "volumeDevices": lists(
            st.fixed_dictionaries({"name": st.just("disk"), "devicePath": st.sampled_from(PATHS)}),
            "devicePath",
        ),
        "env": lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["LANG", "KUBECONFIG"]), "value": st.just("mine")}
            ),
            "name",
        ),
    },
)
annotations = st.builds(
    lambda names, glue, kubeconfig: {ANNOTATION: glue.join(names), KUBECONFIG: kubeconfig},
    st.lists(st.sampled_from(NAMES), max_size=32),
    st.sampled_from([",", " , ", ",,"]),
    st.sampled_from(["", "true", "false"]),
)
pods = st.builds(
    lambda annotations, spec: {"metadata": {"annotations": annotations}, "spec": spec},
    annotations,
    st.fixed_dictionaries(
        {"containers": st.lists(containers, min_size=1, max_size=3)},
        optional={
            "volumes": volumes,
            "initContainers": st.none() | st.lists(containers, max_size=2),
        },
    ),
)


def all_containers(pod: Object) -> list[Object]:
    return [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]


def asked_for(pod: Object) -> set[str]:
    return {
        name for n in pod["metadata"]["annotations"][ANNOTATION].split(",") if (name := n.strip())
    }


def patched(pod: Object) -> Object:
    result: Object = jsonpatch.apply_patch(pod, patch(pod, "default"))
    return result


def shortened(new: Any, old: Any) -> Any:
    """`new` without what was appended to the lists of `old`, or made where it had none."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: shortened(value, old[key]) for key, value in new.items() if key in old}
    if isinstance(new, list) and isinstance(old, list):
        return [shortened(*pair) for pair in zip(new, old, strict=False)]
    return old if old is None else new


def check(pod: Object) -> None:
    """It has all that it asks for, and in a form that an API server takes."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or []}
    for container in all_containers(pod):
        mounts = container.get("volumeMounts") or []
        devices = [device["devicePath"] for device in container.get("volumeDevices") or []]
        for name in asked_for(pod):
            at = [mount["mountPath"] for mount in mounts]
            paths = {f"{MOUNT_ROOT}/{name}", f"{MOUNT_ROOT}/{name}/"}
            assert at.count(f"{MOUNT_ROOT}/{name}") <= 1
            assert paths & {*at, *devices}
        for mount in mounts:
            if mount["name"] != "data":
                [name] = [n for n in asked_for(pod) if mount["mountPath"] == f"{MOUNT_ROOT}/{n}"]
                source = volumes[mount["name"]]["secret"]
                assert source == {"secretName": secret_name("default", name)}
                assert mount["readOnly"] is True
        if pod["metadata"]["annotations"][KUBECONFIG] == "true" and asked_for(pod):
            values = [v["value"] for v in container["env"] if v["name"] == "KUBECONFIG"]
            files = {f"{MOUNT_ROOT}/{name}/config" for name in asked_for(pod)}
            assert values == ["mine"] or set(values[0].split(":")) == files
    assert len(volumes) == len(pod["spec"].get("volumes") or [])
    assert all(is_label(name) for name in volumes)


@given(pods)
def test_a_pod_gets_all_it_asks_for_once_and_nothing_else_changes(pod: Object) -> None:
    before = copy.deepcopy(pod)
    after = patched(pod)
    assert pod == before
    check(after)
    assert shortened(after, before) == before
    assert patch(after, "default") == []


@given(pods, containers)
def test_a_container_added_in_between_gets_its_mounts_at_the_next_pass(
    pod: Object, container: Object
) -> None:
    between = patched(pod)
    between["spec"]["containers"].append(container)
    after = patched(between)
    check(after)
    assert patch(after, "default") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
PLACES = [
    (),
    ("apiVersion",),
    ("request",),
    ("request", "uid"),
    ("request", "kind"),
    ("request", "namespace"),
    ("request", "operation"),
    ("request", "object"),
    ("request", "object", "metadata"),
    ("request", "object", "metadata", "annotations"),
    ("request", "object", "metadata", "annotations", ANNOTATION),
    ("request", "object", "spec"),
    ("request", "object", "spec", "volumes"),
    ("request", "object", "spec", "volumes", 0),
    ("request", "object", "spec", "volumes", 0, "name"),
    ("request", "object", "spec", "volumes", 0, "secret"),
    ("request", "object", "spec", "containers"),
    ("request", "object", "spec", "containers", 0),
    ("request", "object", "spec", "containers", 0, "volumeMounts"),
    ("request", "object", "spec", "containers", 0, "volumeMounts", 0),
    ("request", "object", "spec", "containers", 0, "volumeMounts", 0, "mountPath"),
    ("request", "object", "spec", "containers", 0, "env"),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)) or "body")
@settings(max_examples=30)
@given(rubbish=JSON)
def test_rubbish_anywhere_is_answered_or_refused(place: tuple[Any, ...], rubbish: Any) -> None:
    volume = {"name": "data", "secret": {"secretName": secret_name("default", "a")}}
    mount = {"name": "data", "mountPath": "/data"}
    container = {"name": "some", "volumeMounts": [mount], "env": [{"name": "LANG"}]}
    pod = {
        "metadata": {"annotations": {ANNOTATION: "a,b", KUBECONFIG: "true"}},
        "spec": {"volumes": [volume], "containers": [container]},
    }
    body: Any = {"body": review(pod)}
    within = body
    *path, last = ("body", *place)
    for key in path:
        within = within[key]
    within[last] = rubbish
    try:
        answer = response.render(judge(body["body"]))
    except MalformedError:
        return
    assert answer["response"]["uid"] == body["body"]["request"]["uid"]
    if "patch" not in answer["response"]:
        assert answer["response"]["allowed"] is not ("status" in answer["response"])
