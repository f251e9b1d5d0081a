"""One process measured from outside, and the median of several."""

import os
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cost:
    """What a process and its children used. `start` is the part of `cpu` before a library was asked to check."""

    cpu: float
    wall: float
    peak_mb: float
    start: float = 0.0


class Failed(Exception):
    """A process that ended otherwise than its caller allows, with the end of what it said."""


def run(command: list[str], log: Path, cwd: Path, seconds: float, codes: tuple[int, ...] = (0,)) -> Cost:
    """Runs a command to its end. CPU and peak memory are those of `wait4`, for it and the children it waited for."""
    with log.open("wb") as said:
        clock = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=cwd)
        killer = threading.Timer(seconds, child.kill)
        killer.start()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - clock
        child.returncode = os.waitstatus_to_exitcode(status)
        late = not killer.is_alive()
        killer.cancel()
    if late:
        raise Failed(f"not done within {seconds:.0f} s")
    if child.returncode not in codes:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise Failed(f"ended with {child.returncode}: {' / '.join(lines[-3:])[:400]}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def median(costs: list[Cost]) -> Cost:
    def of(name: str) -> float:
        return statistics.median(getattr(cost, name) for cost in costs)

    return Cost(of("cpu"), of("wall"), of("peak_mb"), of("start"))
