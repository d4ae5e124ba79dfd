"""From a pod to the JSON patch (RFC 6902) that gives it what its annotations ask for."""

from mcsa_core.names import IMPORT_NAME, MOUNT_ROOT
from mcsa_hooks.admission.annotations import AnnotationError, Wanted, wanted
from mcsa_hooks.admission.volumes import volumes
from mcsa_hooks.jsontypes import Object, mapping, objects, strings

# Of a pod as it will be: more would cost all other pods their turn. No real pod comes near.
MAX_CONTAINERS = 128
MAX_MOUNTS = 4096
MAX_VOLUMES = 1024
# Sidecars are init containers.
_CONTAINERS = ("initContainers", "containers")


def patch(pod: Object, namespace: str) -> list[Object]:
    """The operations after which `pod` of `namespace` has all it asks for; none if it has.

    AnnotationError says why it can't have that.
    """
    asked = wanted(pod)
    spec = mapping(pod.get("spec"))
    containers = _containers(spec)
    if not asked.names:
        return []
    _bound(len(containers), "containers", MAX_CONTAINERS)
    lacking = {path: _lacking(container, asked) for path, container in containers.items()}
    _bound(sum(map(_mounts, containers.values(), lacking.values())), "mounts", MAX_MOUNTS)
    # A volume that nothing mounts would keep the pod waiting for nothing.
    needed = set().union(*lacking.values())
    present = objects(spec.get("volumes"))
    volume = volumes((name for name in asked.names if name in needed), namespace, present)
    taken = strings(present, "name")
    added = [new for new in volume.values() if new["name"] not in taken]
    _bound(len(present) + len(added), "volumes", MAX_VOLUMES)
    operations = _append("/spec/volumes", present, added)
    for path, container in containers.items():
        mounts = [_mount(name, volume[name]) for name in lacking[path]]
        operations += _append(f"{path}/volumeMounts", container.get("volumeMounts"), mounts)
        operations += _append(f"{path}/env", container.get("env"), _env(container, asked))
    return operations


def mount_path(name: str) -> str:
    """Where containers find the import `name`."""
    return f"{MOUNT_ROOT}/{name}"


def _containers(spec: Object) -> dict[str, Object]:
    """Each container and init container by its path in the pod (a JSON pointer)."""
    return {
        f"/spec/{kind}/{index}": container
        for kind in _CONTAINERS
        for index, container in enumerate(objects(spec.get(kind)))
    }


def _bound(count: int, what: str, most: int) -> None:
    if count > most:
        raise AnnotationError(
            f"annotation {IMPORT_NAME}: with its imports the pod has {count} {what}, and can have"
            f" at most {most}: make it smaller, or remove the annotation."
        )


def _lacking(container: Object, asked: Wanted) -> list[str]:
    """The imports in whose place `container` has nothing yet."""
    # The API server compares paths as they are written.
    used = strings(objects(container.get("volumeMounts")), "mountPath")
    used |= strings(objects(container.get("volumeDevices")), "devicePath")
    return [
        name
        for name in asked.names
        if mount_path(name) not in used and f"{mount_path(name)}/" not in used
    ]


def _mounts(container: Object, lacking: list[str]) -> int:
    """How many mounts and devices `container` has, with those of the imports that it lacks."""
    own = (objects(container.get(key)) for key in ("volumeMounts", "volumeDevices"))
    return sum(map(len, own)) + len(lacking)


def _mount(name: str, volume: Object) -> Object:
    return {"name": volume["name"], "mountPath": mount_path(name), "readOnly": True}


def _env(container: Object, asked: Wanted) -> list[Object]:
    """KUBECONFIG, unless it is not asked for or `container` has its own."""
    if not asked.kubeconfig or "KUBECONFIG" in strings(objects(container.get("env")), "name"):
        return []
    files = (f"{mount_path(name)}/config" for name in asked.names)
    return [{"name": "KUBECONFIG", "value": ":".join(files)}]


def _append(path: str, present: object, added: list[Object]) -> list[Object]:
    """Add to the list at `path`, or, as nothing can be added to an absent one, make it."""
    if not added:
        return []
    if not present:
        return [{"op": "add", "path": path, "value": added}]
    return [{"op": "add", "path": f"{path}/-", "value": value} for value in added]
