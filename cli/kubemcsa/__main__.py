"""`python -m kubemcsa`."""

from kubemcsa.main import main

main(prog_name="kubemcsa")
