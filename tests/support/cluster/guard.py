"""`python guard.py SECONDS PROGRAM ARGUMENT...` runs a program while the guard's stdin is open.

Whoever started the guard holds the other end of that pipe, so the program ends with it, however it
ends: SIGTERM first, SIGKILL after SECONDS. A byte in the pipe is the number of a signal that the
program gets.
"""

import os
import subprocess
import sys
import threading


def obey_stdin(program: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Pass signals on, and end the program as soon as nobody holds the other end of the pipe."""
    while number := os.read(0, 1):
        program.send_signal(number[0])
    program.terminate()
    try:
        program.wait(seconds)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    seconds, *command = sys.argv[1:]
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=obey_stdin, args=(program, float(seconds)), daemon=True).start()
    sys.exit(program.wait() != 0)
