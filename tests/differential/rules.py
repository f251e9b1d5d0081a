"""Random rules on columns, each with the numbers that a plain loop over its rows finds."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from columns import Column, instant, spelled

ORDERED = ("integer", "decimal", "float", "string", "date", "timestamp")
NUMBERS = ("integer", "decimal", "float")


@dataclass
class Rule:
    """`keys` are its parameters, in the suite's words; `wanted` what the record of a run must say of it."""

    kind: str
    keys: dict
    wanted: dict

    def yaml(self, id: str) -> str:
        parts = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in (self.keys | {"id": id}).items()]
        return f"{self.kind}: {{{', '.join(parts)}}}"


def rules(rng: random.Random, columns: list[Column], parent: Column, child: Column) -> list[Rule]:
    """Rules of every kind that fits, some with a condition, some where nulls break them."""
    rows = len(columns[0].values)
    found = [Rule("row_count", {"min": 0}, whole(rows, 0, rows)), foreign_key(child, parent, None)]
    for column in columns:
        fitting = [not_null, is_null, unique, distinct_count]
        fitting += [between, between, outside, in_set, in_order, extreme, extreme] if column.kind in ORDERED else []
        fitting += [sign, total] if column.kind in NUMBERS else []
        fitting += [length, matches, matches] if column.kind == "string" else []
        fitting += [finite] if column.kind == "float" else []
        for make in rng.sample(fitting, min(len(fitting), 5)):
            scope = condition(rng, columns) if rng.random() < 0.3 else None
            rule = make(rng, narrowed(column, scope))
            if scope and rule:
                rule.keys["where"] = scope[0]
            found += [rule] if rule else []
    alike = [(a, b) for a in columns for b in columns if a is not b and a.kind == b.kind and a.kind in ORDERED]
    found += [compare(rng, *pair) for pair in rng.sample(alike, min(len(alike), 2))]
    found += [composite(*rng.sample(columns, 2)) for _ in range(2)]
    return found


# ---------------------------------------------------------------- which rows


def condition(rng: random.Random, columns: list[Column]) -> tuple[str, list[bool]]:
    """A condition in SQL, and the rows for which it is true."""
    column = rng.choice(columns)
    held, name = column.held(), f'"{column.name}"'
    present = [value for value in held if value is not None]
    if column.kind not in ("integer", "string", "date") or not present or rng.random() < 0.2:
        return f"{name} IS NOT NULL", [value is not None for value in held]
    limit = rng.choice(present)
    literal = {"integer": str, "date": lambda it: f"DATE '{it}'", "string": lambda it: f"'{it}'"}[column.kind](limit)
    if rng.random() < 0.5:
        return f"{name} >= {literal}", [value is not None and value >= limit for value in held]
    return f"{name} <> {literal}", [value is not None and value != limit for value in held]


def narrowed(column: Column, scope: tuple[str, list[bool]] | None) -> Column:
    if scope is None:
        return column
    values = [value for value, within in zip(column.values, scope[1], strict=True) if within]
    return Column(column.name, column.kind, column.stored, values)


# ---------------------------------------------------------------- row by row


def counted(column: Column, test: Callable, nulls: str | None = None) -> dict:
    """Each row by itself; a null is left out, or as `nulls` says."""
    evaluated = missing = violations = 0
    for value in column.held():
        if value is None and nulls is None:
            missing += 1
            continue
        evaluated += 1
        violations += nulls == "fail" if value is None else not test(value)
    return numbers(evaluated, missing, violations)


def numbers(evaluated: int, missing: int, violations: int) -> dict:
    status = "failed" if violations else "passed"
    return {"status": status, "evaluated": evaluated, "missing": missing, "violations": violations}


def row_rule(rng: random.Random, kind: str, column: Column, keys: dict, test: Callable) -> Rule:
    nulls = rng.choice([None, None, None, "fail", "pass"])
    keys = {"column": column.name, **keys, **({"nulls": nulls} if nulls else {})}
    return Rule(kind, keys, counted(column, test, nulls))


def not_null(rng: random.Random, column: Column) -> Rule:
    held = column.held()
    return Rule("not_null", {"column": column.name}, numbers(len(held), 0, held.count(None)))


def is_null(rng: random.Random, column: Column) -> Rule:
    held = column.held()
    return Rule("is_null", {"column": column.name}, numbers(len(held), 0, len(held) - held.count(None)))


def between(rng: random.Random, column: Column) -> Rule | None:
    return bounded(rng, "between", column, lambda inside: inside)


def outside(rng: random.Random, column: Column) -> Rule | None:
    return bounded(rng, "outside", column, lambda inside: not inside)


def bounded(rng: random.Random, kind: str, column: Column, wanted: Callable) -> Rule | None:
    """Bounds on values of the column: often the least and the most, where a proof by statistics is right or wrong by one."""
    present = sorted(value for value in column.held() if value is not None)
    if not present:
        return None
    ends = rng.choice([(present[0], present[-1]), (present[0], present[-1]), tuple(sorted(rng.choices(present, k=2)))])
    low, high = ends
    keys, tests = {}, []
    strict = [rng.random() < 0.3, rng.random() < 0.3]
    if low == high:
        strict = [False, False]
    which = rng.choice(["both", "both", "low", "high"])
    if which != "high":
        keys["strict_min" if strict[0] else "min"] = literal(column, low)
        tests.append(lambda value: value > low if strict[0] else value >= low)
    if which != "low":
        keys["strict_max" if strict[1] else "max"] = literal(column, high)
        tests.append(lambda value: value < high if strict[1] else value <= high)
    return row_rule(rng, kind, column, keys, lambda value: wanted(all(test(value) for test in tests)))


def in_set(rng: random.Random, column: Column) -> Rule:
    present = list(dict.fromkeys(value for value in column.held() if value is not None))
    members = present if len(present) < 60 else rng.sample(present, 5)
    if len(members) > 1 and rng.random() < 0.4:
        members = members[:-1]
    kind = rng.choice(["in_set", "in_set", "not_in_set"])
    known = set(members)
    keys = {"values": [literal(column, value) for value in members]}
    return row_rule(rng, kind, column, keys, lambda value: (value in known) == (kind == "in_set"))


def sign(rng: random.Random, column: Column) -> Rule:
    if rng.random() < 0.5:
        return row_rule(rng, "positive", column, {}, lambda value: value > 0)
    return row_rule(rng, "non_negative", column, {}, lambda value: value >= 0)


def finite(rng: random.Random, column: Column) -> Rule:
    return row_rule(rng, "finite", column, {}, lambda value: abs(value) != float("inf"))


def length(rng: random.Random, column: Column) -> Rule:
    lengths = [len(value) for value in column.held() if value is not None] or [0]
    most = rng.choice([max(lengths), max(lengths) - 1, 3])
    return row_rule(rng, "length", column, {"max": most}, lambda value: len(value) <= most)


def matches(rng: random.Random, column: Column) -> Rule:
    pattern = rng.choice(["^[0-9]+$", "^.*[0-9]$", "7", "[02468]$", "^a?[0-9]*$"])
    kind = rng.choice(["matches", "not_matches"])
    test = re.compile(pattern)
    keys = {"pattern": pattern}
    return row_rule(rng, kind, column, keys, lambda value: bool(test.search(value)) == (kind == "matches"))


def in_order(rng: random.Random, column: Column) -> Rule:
    """Nulls are dropped first, and the first row holds."""
    held = [value for value in column.held() if value is not None]
    falling, strict = rng.random() < 0.3, rng.random() < 0.5
    breaks = 0
    for before, after in zip(held, held[1:]):
        if falling:
            before, after = after, before
        breaks += not (before < after if strict else before <= after)
    keys = {"column": column.name, "strict": strict}
    wanted = numbers(len(held), len(column.values) - len(held), breaks)
    return Rule("decreasing" if falling else "increasing", keys, wanted)


# ---------------------------------------------------------------- several rows, several columns


def unique(rng: random.Random, column: Column) -> Rule:
    times = Counter(value for value in column.held() if value is not None)
    count = rng.choice(["rows", "rows", "distinct", "surplus"])
    repeated = [many for many in times.values() if many > 1]
    violations = {"rows": sum(repeated), "distinct": len(repeated), "surplus": sum(repeated) - len(repeated)}[count]
    rows = sum(times.values())
    wanted = numbers(rows, len(column.values) - rows, violations)
    return Rule("unique", {"column": column.name, "count": count}, wanted)


def composite(one: Column, other: Column) -> Rule:
    """A row whose keys are all null is left out; null equals null inside a key."""
    keys = [key for key in zip(one.held(), other.held(), strict=True) if key != (None, None)]
    times = Counter(keys)
    violations = sum(many for many in times.values() if many > 1)
    wanted = numbers(len(keys), len(one.values) - len(keys), violations)
    return Rule("unique", {"columns": [one.name, other.name]}, wanted)


def compare(rng: random.Random, left: Column, right: Column) -> Rule:
    """A row with two nulls is left out; one null breaks the rule."""
    op = rng.choice(["<=", "<", "=", "<>"])
    tests = {"<=": lambda a, b: a <= b, "<": lambda a, b: a < b, "=": lambda a, b: a == b, "<>": lambda a, b: a != b}
    missing = violations = 0
    for a, b in zip(left.held(), right.held(), strict=True):
        if a is None and b is None:
            missing += 1
        else:
            violations += a is None or b is None or not tests[op](a, b)
    wanted = numbers(len(left.values) - missing, missing, violations)
    return Rule("compare", {"left": left.name, "op": op, "right": right.name}, wanted)


def foreign_key(child: Column, parent: Column, scope: None) -> Rule:
    known = {value for value in parent.held() if value is not None}
    keys = {"column": child.name, "to": f"parent.{parent.name}"}
    return Rule("foreign_key", keys, counted(child, lambda value: value in known))


# ---------------------------------------------------------------- aggregates


def whole(evaluated: int, missing: int, observed) -> dict:
    """The numbers of an aggregate without bounds, which passes if there is something to measure."""
    status = "failed" if observed is None else "passed"
    wanted = {"status": status, "evaluated": evaluated, "missing": missing}
    return wanted | {"observed": None if observed is None else spelled(observed)}


def distinct_count(rng: random.Random, column: Column) -> Rule:
    held = [value for value in column.held() if value is not None]
    wanted = whole(len(held), len(column.values) - len(held), len(set(held)))
    return Rule("distinct_count", {"column": column.name, "min": 0}, wanted)


def extreme(rng: random.Random, column: Column) -> Rule:
    held = [value for value in column.held() if value is not None]
    kind, pick = rng.choice([("min", min), ("max", max)])
    observed = pick(held) if held else None
    wanted = whole(len(held), len(column.values) - len(held), observed)
    if column.kind == "timestamp" and held:
        wanted["observed"] = instant(observed)
    return Rule(kind, {"column": column.name}, wanted)


def total(rng: random.Random, column: Column) -> Rule | None:
    if column.kind == "float":
        return None
    held = [value for value in column.held() if value is not None]
    return Rule("sum", {"column": column.name}, whole(len(held), len(column.values) - len(held), sum(held, Decimal(0))))


def literal(column: Column, value) -> str:
    return instant(value) if column.kind == "timestamp" else spelled(value)
