"""28 rules on lineitem alone, clean, from Parquet and from CSV; and the same without the pattern of its comments."""

import argparse

import tpch
from place import Place
from rules import Case, Table, not_null

TITLE = "28 rules on TPC-H lineitem, as Parquet and as CSV"


def cases(asked: argparse.Namespace, place: Place) -> list[Case]:
    kinds = tpch.columns("lineitem")
    rules = [not_null(column) for column in kinds] + tpch.lineitem_rules()
    parquet = place.tpch(asked.scale[0]) / "lineitem.parquet"
    csv = next(place.tpch(asked.scale[0], *tpch.THIRD).rglob("*.csv"))
    few = [rule for rule in rules if not tpch.is_free_text(rule)]
    named = f"lineitem, TPC-H {asked.scale[0]:g}"
    return [
        Case(f"{named}, 28 rules", {"lineitem": Table(str(parquet), kinds, rules)}),
        Case(f"{named}, without free text", {"lineitem": Table(str(parquet), kinds, few)}),
        Case(f"{named}, 28 rules, CSV", {"lineitem": Table(str(csv), kinds, rules)}),
    ]
