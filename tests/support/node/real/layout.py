"""Where things are in the node's mount namespace, and its addresses."""

from pathlib import Path

NAME = "node1"
FOLDER = Path("/run/node")
"""What the node writes; a folder of the cache on the machine."""
PACKAGES = Path("/run/packages")
"""The files of Debian's packages."""
ADDRESS = "10.100.0.10"
"""Of the node and of cluster1's API server."""
SOURCE_ADDRESS = "10.100.0.20"
"""Of cluster2's API server."""
SERVICES = "10.96.0.0/16"


def inside() -> bool:
    """Whether this process is in the node's namespaces."""
    return FOLDER.is_dir()
