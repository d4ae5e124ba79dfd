"""From a pod to the JSON patch (RFC 6902) that gives it what its annotations ask for."""

from mcsa_hooks.admission.annotations import AnnotationError, Wanted, wanted
from mcsa_hooks.admission.volumes import volumes
from mcsa_hooks.shape import Object, mapping, objects
from multicluster_service_account.names import IMPORT_NAME, MOUNT_ROOT

# More would cost every other pod its turn, and exceed what the policy on the mounts may cost.
_MAX_MOUNTS = 20_000
# Sidecars are init containers.
_CONTAINERS = ("initContainers", "containers")


def patch(pod: Object, namespace: str) -> list[Object]:
    """The operations after which `pod` of `namespace` has all it asks for; none if it has.

    AnnotationError says why it can't have that.
    """
    asked = wanted(pod)
    spec = mapping(pod.get("spec"))
    containers = [
        (f"/spec/{kind}/{index}", container)
        for kind in _CONTAINERS
        for index, container in enumerate(objects(spec.get(kind)))
    ]
    if len(containers) * len(asked.names) > _MAX_MOUNTS:
        raise AnnotationError(
            f"annotation {IMPORT_NAME} asks for {len(asked.names)} imports in {len(containers)}"
            f" containers, and a pod can have at most {_MAX_MOUNTS} such mounts."
        )
    lacking = {path: _lacking(container, asked) for path, container in containers}
    # A volume that nothing mounts would keep the pod waiting for nothing.
    needed = [name for name in asked.names if any(name in lacks for lacks in lacking.values())]
    present = objects(spec.get("volumes"))
    volume = volumes(needed, namespace, present)
    operations = _append("/spec/volumes", present, [v for v in volume.values() if v not in present])
    for path, container in containers:
        mounts = [_mount(name, volume[name]) for name in lacking[path]]
        operations += _append(f"{path}/volumeMounts", container.get("volumeMounts"), mounts)
        operations += _append(f"{path}/env", container.get("env"), _env(container, asked))
    return operations


def mount_path(name: str) -> str:
    """Where containers find the import `name`."""
    return f"{MOUNT_ROOT}/{name}"


def _lacking(container: Object, asked: Wanted) -> list[str]:
    """The imports in whose place `container` has nothing yet."""
    mounted = [mount.get("mountPath") for mount in objects(container.get("volumeMounts"))]
    devices = [device.get("devicePath") for device in objects(container.get("volumeDevices"))]
    # The API server compares paths as they are written.
    used = [*mounted, *devices]
    return [
        name
        for name in asked.names
        if mount_path(name) not in used and f"{mount_path(name)}/" not in used
    ]


def _mount(name: str, volume: Object) -> Object:
    return {"name": volume["name"], "mountPath": mount_path(name), "readOnly": True}


def _env(container: Object, asked: Wanted) -> list[Object]:
    """KUBECONFIG, unless it is not asked for or `container` has its own."""
    names = [variable.get("name") for variable in objects(container.get("env"))]
    if not asked.kubeconfig or "KUBECONFIG" in names:
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
