"""The JSON patch (RFC 6902) that mounts the imports that a pod requests."""

from mcsa_core.names import IMPORT_NAME, MOUNT_ROOT
from mcsa_hooks.admission.annotations import AnnotationError, RequestedImports, requested_imports
from mcsa_hooks.admission.volumes import volumes
from mcsa_hooks.jsontypes import Object, mapping, objects, strings

# Of the patched pod. Reviews are answered one at a time, so that a huge pod would delay the reviews
# behind it. No real pod comes near these limits.
MAX_CONTAINERS = 128
MAX_MOUNTS = 4096
MAX_VOLUMES = 1024
# Sidecars are init containers.
_CONTAINERS = ("initContainers", "containers")


def patch(pod: Object, namespace: str) -> list[Object]:
    """The operations after which all containers of `pod` have the imports that it requests.

    None if they have them already. AnnotationError says why they can't.
    """
    imports = requested_imports(pod)
    spec = mapping(pod.get("spec"))
    containers = _containers(spec)
    if not imports.names:
        return []
    _bound(len(containers), "containers", MAX_CONTAINERS)
    missing_names = {
        path: _missing_names(container, imports) for path, container in containers.items()
    }
    _bound(sum(map(_mounts, containers.values(), missing_names.values())), "mounts", MAX_MOUNTS)
    # No volume that no container mounts: the pod would wait for a Secret that it doesn't need.
    names = set().union(*missing_names.values())
    pod_volumes = objects(spec.get("volumes"))
    by_import = volumes((n for n in imports.names if n in names), namespace, pod_volumes)
    volume_names = strings(pod_volumes, "name")
    new_volumes = [volume for volume in by_import.values() if volume["name"] not in volume_names]
    _bound(len(pod_volumes) + len(new_volumes), "volumes", MAX_VOLUMES)
    operations = _append("/spec/volumes", pod_volumes, new_volumes)
    for path, container in containers.items():
        mounts = [_mount(name, by_import[name]) for name in missing_names[path]]
        operations += _append(f"{path}/volumeMounts", container.get("volumeMounts"), mounts)
        operations += _append(f"{path}/env", container.get("env"), _env(container, imports))
    return operations


def mount_path(name: str) -> str:
    """The folder at which containers mount the import `name`."""
    return f"{MOUNT_ROOT}/{name}"


def _containers(spec: Object) -> dict[str, Object]:
    """Each container and init container by its path in the pod (a JSON pointer)."""
    return {
        f"/spec/{kind}/{index}": container
        for kind in _CONTAINERS
        for index, container in enumerate(objects(spec.get(kind)))
    }


def _bound(count: int, kind: str, limit: int) -> None:
    if count > limit:
        raise AnnotationError(
            f"annotation {IMPORT_NAME}: with its imports the pod has {count} {kind}, and can have"
            f" at most {limit}: make it smaller, or remove the annotation."
        )


def _missing_names(container: Object, imports: RequestedImports) -> list[str]:
    """The names of the imports at whose mount path `container` has no mount and no device yet."""
    # The API server compares paths as strings.
    paths = strings(objects(container.get("volumeMounts")), "mountPath")
    paths |= strings(objects(container.get("volumeDevices")), "devicePath")
    return [
        name
        for name in imports.names
        if mount_path(name) not in paths and f"{mount_path(name)}/" not in paths
    ]


def _mounts(container: Object, missing_names: list[str]) -> int:
    """The number of mounts and devices of `container`, with a mount for each missing name."""
    lists = (objects(container.get(key)) for key in ("volumeMounts", "volumeDevices"))
    return sum(map(len, lists)) + len(missing_names)


def _mount(name: str, volume: Object) -> Object:
    return {"name": volume["name"], "mountPath": mount_path(name), "readOnly": True}


def _env(container: Object, imports: RequestedImports) -> list[Object]:
    """KUBECONFIG, unless it is not requested or `container` sets it already."""
    if not imports.kubeconfig or "KUBECONFIG" in strings(objects(container.get("env")), "name"):
        return []
    files = (f"{mount_path(name)}/config" for name in imports.names)
    return [{"name": "KUBECONFIG", "value": ":".join(files)}]


def _append(path: str, existing_items: object, new_items: list[Object]) -> list[Object]:
    """Append to the list at `path`, or create the list: the path `/-` needs an existing list."""
    if not new_items:
        return []
    if not existing_items:
        return [{"op": "add", "path": path, "value": new_items}]
    return [{"op": "add", "path": f"{path}/-", "value": item} for item in new_items]
