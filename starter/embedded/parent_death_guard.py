"""Runs a command that dies with the process that started it: `parent_death_guard.py PARENT COMMAND…`.

A program of its own, so that nothing runs between the fork and the start of the command in a process that has
threads. Where the system knows no such guard (it is Linux's), the command runs without one.
"""

from __future__ import annotations

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def hold(parent: int) -> None:
    """Have this process killed when its parent ends, also by a crash. Ends at once if that has happened."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    hold(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 the command comes from the stack itself
