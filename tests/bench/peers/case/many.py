"""1, 10, 100 and 1,000 rules on the same ten columns of lineitem: ranges and sets whose bounds differ and that hold."""

import argparse
from datetime import date, timedelta

import tpch
from place import Place
from rules import Case, Rule, Table, between, in_set

TITLE = "1, 10, 100 and 1,000 rules on the same columns of lineitem, as Parquet and as CSV"

COLUMNS = ["l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice", "l_discount", "l_tax",
           "l_shipdate", "l_returnflag", "l_shipmode"]
SETS = {"l_returnflag": ["R", "A", "N"], "l_shipmode": tpch.MODES}
SLOW = {"frictionless": "takes a quarter of an hour for two million rows: see the wide CSV"}


def cases(asked: argparse.Namespace, place: Place) -> list[Case]:
    scale = asked.scale[0]
    parquet = place.tpch(scale) / "lineitem.parquet"
    csv = next(place.tpch(scale, *tpch.THIRD).rglob("*.csv"))
    kinds = tpch.columns("lineitem")
    found = []
    for path in (parquet, csv):
        ten = f"10 rules, {path.suffix[1:]}"
        for count in (1, 10, 100, 1000):
            table = Table(str(path), kinds, rules(count, scale))
            name = f"{count:,} rule{'s' if count > 1 else ''}, {path.suffix[1:]}"
            found.append(Case(name, {"lineitem": table}, skipped=SLOW, against=ten if count > 10 else None))
    return found


def rules(count: int, scale: float) -> list[Rule]:
    turns = max(1, count // len(COLUMNS))
    return [rule(column, turn, scale) for turn in range(turns) for column in COLUMNS][:count]


def rule(column: str, turn: int, scale: float) -> Rule:
    id = f"{column}.{turn}"
    if column in SETS:
        return in_set(column, [*SETS[column], *(f"X{number}" for number in range(turn))], id)
    if column == "l_shipdate":
        return between(column, str(date(1992, 1, 1) - timedelta(days=turn)), "1998-12-01", id)
    return between(column, str(-turn), str(int(2_000_000 * max(1, scale)) + turn), id)
