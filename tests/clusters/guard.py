"""`python guard.py SECONDS PROGRAM ARGUMENT...` runs a program while the guard's stdin is open.

Whoever started the guard holds the other end of that pipe, so the program ends with it, however it
ends: SIGTERM first, SIGKILL after SECONDS.
"""

import os
import subprocess
import sys
import threading


def end_with_stdin(program: "subprocess.Popen[bytes]", seconds: float) -> None:
    """End the program as soon as nobody holds the other end of the pipe."""
    os.read(0, 1)
    program.terminate()
    try:
        program.wait(seconds)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    seconds, *command = sys.argv[1:]
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=end_with_stdin, args=(program, float(seconds)), daemon=True).start()
    sys.exit(program.wait() != 0)
