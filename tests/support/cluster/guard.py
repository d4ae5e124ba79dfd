"""`python guard.py SECONDS PROGRAM ARGUMENT...` runs a program while the guard's stdin is open.

The process that starts the guard holds the write end of that pipe. When it ends, even by SIGKILL,
the pipe is at its end, and the program gets SIGTERM, and SIGKILL after SECONDS. A byte in the pipe
is the number of a signal for the program.
"""

import os
import subprocess
import sys
import threading


def obey_stdin(program: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Pass signals on until the pipe is at its end; then end the program."""
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
