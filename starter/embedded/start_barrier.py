"""Runs a Python program once it is told to, by a line or the end of its input: `start_barrier.py PROGRAM`.

What the program imports is there by then, so that its start costs next to nothing.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    program = sys.argv[1]
    sys.path.insert(0, str(Path(program).parent))
    sys.argv = [program]
    runpy.run_path(program, run_name="imported")
    sys.stdin.buffer.readline()
    runpy.run_path(program, run_name="__main__")
