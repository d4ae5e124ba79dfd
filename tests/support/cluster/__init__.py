"""Real Kubernetes control planes, as processes on the loopback."""

from .binaries import binaries
from .control_plane import ControlPlane
from .errors import ClusterError

__all__ = ["ClusterError", "ControlPlane", "binaries"]
