"""Runs one command and writes what it cost, as JSON, to the file named first.

    python3 -I -S measured.py RESULT COMMAND [ARGUMENT…]

A process of its own, and a small one: the kernel counts the memory of the process that starts a program into that
program's peak, so the caller's would show up in every figure.
"""

import os
import signal
import sys
import time


def main():
    result, command = sys.argv[1], sys.argv[2:]
    began = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    # user and system time include the descendants that were waited for; the peak is the largest process's.
    text = '{"code": %d, "wall": %.6f, "user": %.6f, "system": %.6f, "peak_kib": %d}' % (
        code, wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss)
    with open(result, "w") as file:
        file.write(text)


main()
