"""The command line of multicluster-service-account."""

import sys
from importlib.util import find_spec

# The library is installed without the extra `cli`, but the entry points are there.
if not find_spec("click"):
    sys.exit(
        "Error: the command line is not installed here, only the library: run"
        f" {sys.executable} -m pip install 'multicluster-service-account[cli]'."
    )
