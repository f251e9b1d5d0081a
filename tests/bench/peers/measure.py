"""One process measured from outside, and the median of several."""

import fcntl
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


@dataclass
class Limits:
    """What one process may take before it is given up."""

    seconds: float
    gigabytes: float


class Failed(Exception):
    """A process that ended otherwise than its caller allows, with the end of what it said."""


def run(command: list[str], log: Path, cwd: Path, limits: Limits, turn: Path, codes: tuple[int, ...] = (0,)) -> Cost:
    """Runs a command to its end. CPU and peak memory are those of `wait4`, for it and the children it waited for.

    It holds a lock on `turn` meanwhile, so that other work on the machine can keep out of the way: `flock TURN cargo build`.
    """
    with log.open("wb") as said, turn.open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        clock = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=cwd)
        guard = Guard(child, limits)
        guard.start()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - clock
        child.returncode = os.waitstatus_to_exitcode(status)
        guard.ended.set()
        guard.join()
    if guard.why:
        raise Failed(guard.why)
    if child.returncode not in codes:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise Failed(f"ended with {child.returncode}: {' / '.join(lines[-3:])[:400]}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


class Guard(threading.Thread):
    """Ends a process that takes more than it may, and says so in `why`."""

    def __init__(self, child: subprocess.Popen, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.child, self.limits = child, limits
        self.ended = threading.Event()
        self.why = ""

    def run(self) -> None:
        end = time.perf_counter() + self.limits.seconds
        while not self.ended.wait(0.25):
            if time.perf_counter() > end:
                self.why = f"given up after {self.limits.seconds:.0f} s"
            elif self.resident_gb() > self.limits.gigabytes:
                self.why = f"given up at {self.limits.gigabytes:g} GB of memory"
            if self.why:
                self.child.kill()
                return

    def resident_gb(self) -> float:
        try:
            pages = Path(f"/proc/{self.child.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e9


def median(costs: list[Cost]) -> Cost:
    def of(name: str) -> float:
        return statistics.median(getattr(cost, name) for cost in costs)

    return Cost(of("cpu"), of("wall"), of("peak_mb"), of("start"))
