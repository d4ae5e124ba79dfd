"""`python -m support.cluster [VERSION]` builds the programs if needed and prints their folder."""

import sys

from .binaries import binaries
from .errors import ClusterError

try:
    print(binaries(*sys.argv[1:2]))
except ClusterError as error:
    sys.exit(f"Error: {error}")
