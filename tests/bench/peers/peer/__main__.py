"""Runs one peer's library on one case: `python -m peer NAME CASE.json FOUND.json`."""

import dataclasses
import importlib
import json
import resource
import sys
import time
from pathlib import Path

from rules import Case


def main() -> None:
    name, case, found = sys.argv[1:]
    peer = importlib.import_module(f"peer.{name}")
    for library in peer.IMPORTS:
        importlib.import_module(library)
    used = resource.getrusage(resource.RUSAGE_SELF)
    start = used.ru_utime + used.ru_stime
    clock = time.perf_counter()
    results = peer.check(Case.read(Path(case)))
    said = {
        "start": start,
        "check_wall": time.perf_counter() - clock,
        "found": {rule: dataclasses.asdict(result) for rule, result in results.items()},
    }
    Path(found).write_text(json.dumps(said))


main()
