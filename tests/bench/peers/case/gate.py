"""The gate of TPC-H: every table, every key, every domain; clean, without patterns of free text, and with faults."""

import argparse

import tpch
from place import Place
from rules import Case

TITLE = "the gate of TPC-H, clean, without free text, and with one row of 10,000 at fault"


def cases(asked: argparse.Namespace, place: Place) -> list[Case]:
    found = []
    for scale in asked.scale:
        clean = tpch.gate(place.tpch(scale), scale)
        named = f"gate, TPC-H {scale:g}"
        found += [
            Case(f"{named}, {sum(len(table.rules) for table in clean.values())} rules", clean),
            Case(f"{named}, without free text", tpch.without_free_text(clean)),
        ]
        if scale == asked.scale[0]:
            rules = place.folder / f"tpch-{scale:g}.json"
            Case(named, clean).write(rules)
            faulty = place.maker(f"tpch-{scale:g}-faults", "faults", str(rules))
            found.append(Case(f"{named}, one row of 10,000 at fault", tpch.gate(faulty, scale)))
    return found
