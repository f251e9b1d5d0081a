"""Counts the faults of the `prints` example again, line by line, from the files alone.

An oracle for the engine: the `json` and `csv` modules, one function a type, exact decimals, plain loops. It restates
the rules of prints.yaml and does not read that file, so a change there is made here as well. Run it through
generate.py.
"""

import csv
import datetime
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
DAY = datetime.timedelta(days=1)
WEEK = datetime.timedelta(weeks=1)

VALUE_PROPS = [
    "cellphone_recharge", "credits_consumer", "link_cobro", "point", "prepaid", "send_money", "transport",
]
KEY = ("day", "user_id", "event_data.position", "event_data.value_prop")

# What the example promises of each folder; problems() holds the files to it.
FACTS = {
    "clean": {
        "users: rows": 240,
        "users: employees": 8,
        "prints: rows": 3_025,
        "prints: lines that are no object": [],
        "prints: keys": ["day", "event_data", "user_id"],
        "prints: rows with a bad cell": 0,
        "prints: rows with a null": 0,
        "prints: unknown value_prop": 0,
        "prints: position out of range": 0,
        "prints: of employees": 0,
        "prints: rows with a twin": 0,
        "newest day": "2025-07-02",
        "week: from": "2025-06-23",
        "week: rows": 686,
        "week: missing": [],
        "history: from": "2025-06-02",
        "history: missing": [],
        "taps: rows": 374,
        "taps: lines that are no object": [],
        "taps: without a print": 0,
        "pays: rows": 900,
        "pays: rows with a bad cell": 0,
        "pays: totals not above zero": 0,
        "pays: unknown value_prop": 0,
        "pays: unknown users": 0,
    },
    "faulty": {
        "users: rows": 240,
        "users: employees": 8,
        "prints: rows": 3_001,
        "prints: lines that are no object": [179, 180, 1662],
        "prints: keys": ["day", "event_data", "user_id", "app_version"],
        "prints: rows with a bad cell": 3,
        "prints: rows with a null": 2,
        "prints: unknown value_prop": 4,
        "prints: position out of range": 5,
        "prints: of employees": 6,
        "prints: rows with a twin": 10,
        "newest day": "2025-07-02",
        "week: from": "2025-06-23",
        "week: rows": 679,
        "week: missing": ["transport 2025-06-26"],
        "history: from": "2025-06-02",
        "history: missing": ["point 2025-06-11", "point 2025-06-12"],
        "taps: rows": 375,
        "taps: lines that are no object": [376],
        "taps: without a print": 6,
        "pays: rows": 900,
        "pays: rows with a bad cell": 3,
        "pays: totals not above zero": 4,
        "pays: unknown value_prop": 2,
        "pays: unknown users": 7,
    },
}

SAMPLES = 10
RULES_OF_FINAL = 28
SEVERITIES = ["info", "warning", "error", "critical"]


class Bad:
    """A value that does not read as the type of its column."""

    def __init__(self, value):
        self.value = value


def integer(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else Bad(value)


def text(value):
    return value if isinstance(value, str) else Bad(value)


def day(value):
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value) if isinstance(value, str) else None
    try:
        return datetime.date(*map(int, parts.groups())) if parts else Bad(value)
    except ValueError:
        return Bad(value)


def integer_cell(cell):
    return int(cell) if re.fullmatch(r"[+-]?[0-9]+", cell) else Bad(cell)


def decimal_cell(cell):
    return Decimal(cell) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell) else Bad(cell)


def boolean_cell(cell):
    return {"true": True, "false": False}.get(cell, Bad(cell))


EVENTS = {"day": day, "event_data.position": integer, "event_data.value_prop": text, "user_id": integer}
TYPES = {
    "users": {"user_id": integer_cell, "signed_up": day, "employee": boolean_cell},
    "prints": EVENTS,
    "taps": EVENTS,
    "pays": {"pay_date": day, "total": decimal_cell, "user_id": integer_cell, "value_prop": text},
}


class Table:
    """Rows of values, None and Bad, each with its line; the keys seen at the top; the lines that are no object."""

    def __init__(self, rows, keys, broken=()):
        self.rows = rows
        self.keys = keys
        self.broken = list(broken)


def load(folder):
    path = HERE / "data" / folder
    tables = {name: events(path / f"{name}.json", TYPES[name]) for name in ("prints", "taps")}
    tables.update({name: csv_table(path / f"{name}.csv", TYPES[name]) for name in ("users", "pays")})
    return tables


def events(path, types):
    rows, keys, broken = [], [], []
    for number, record in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            value = json.loads(record)
        except json.JSONDecodeError:
            broken.append(number)
            continue
        keys += [key for key in value if key not in keys]
        row = {"line": number}
        for column, read in types.items():
            inside = value
            for step in column.split("."):
                inside = None if inside is None else inside.get(step)
            row[column] = None if inside is None else read(inside)
        rows.append(row)
    return Table(rows, keys, broken)


def csv_table(path, types):
    with open(path, encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file, strict=True)
    if any(len(record) != len(header) for record in records):
        raise SystemExit(f"{path}: a line does not have the columns of the header")
    rows = [
        {"line": line, **{name: None if cell == "" else types[name](cell) for name, cell in zip(header, record)}}
        for line, record in enumerate(records, start=2)
    ]
    return Table(rows, header)


class Calendar:
    """The days that the rules count from: the last whole week that the newest print closes, and those before it."""

    def __init__(self, prints):
        self.newest = max(row["day"] for row in prints if isinstance(row["day"], datetime.date))
        # A week whose Sunday is there is complete: "now" is the end of the newest day.
        end = self.newest + DAY
        self.this_week = end - DAY * end.weekday()
        self.week = self.this_week - WEEK
        self.history = self.week - 3 * WEEK


def between_days(rows, column, first, end):
    return [row for row in rows if isinstance(row[column], datetime.date) and first <= row[column] < end]


def missing_days(rows, column, first, end):
    there = {row[column] for row in rows}
    days = [first + DAY * number for number in range((end - first).days)]
    return [day for day in days if day not in there]


def missing_by_value_prop(rows, first, end):
    """The days without a row, for each value_prop that has any row."""
    props = sorted({row["event_data.value_prop"] for row in rows})
    return {
        prop: missing_days([r for r in rows if r["event_data.value_prop"] == prop], "day", first, end)
        for prop in props
    }


def bad_cells(row):
    return sum(isinstance(value, Bad) for value in row.values())


def tuples(rows, columns):
    return [tuple(row[column] for column in columns) for row in rows]


def readable(rows, columns):
    return [row for row in rows if not any(isinstance(row[column], Bad) for column in columns)]


def with_values(rows, columns):
    return [row for row in readable(rows, columns) if all(row[column] is not None for column in columns)]


def problems():
    """Facts that do not hold, and an expected.json that is out of date."""
    wrong = []
    for folder, wanted in FACTS.items():
        for fact, found in facts(load(folder)).items():
            if found != wanted[fact]:
                wrong.append(f"{folder}: {fact}: {found}, not {wanted[fact]}")
    path = HERE / "expected.json"
    if not path.is_file() or path.read_bytes() != expected_bytes():
        wrong.append("expected.json is out of date: generate.py --expected")
    return wrong


def facts(tables):
    users, prints, taps, pays = (tables[name].rows for name in ("users", "prints", "taps", "pays"))
    known = {row["user_id"] for row in users}
    employees = {row["user_id"] for row in users if row["employee"]}
    calendar = Calendar(prints)
    week = between_days(prints, "day", calendar.week, calendar.this_week)
    history = between_days(prints, "day", calendar.history, calendar.week)
    times = Counter(tuples(prints, KEY))
    shown = set(times)
    return {
        "users: rows": len(users),
        "users: employees": len(employees),
        "prints: rows": len(prints),
        "prints: lines that are no object": tables["prints"].broken,
        "prints: keys": tables["prints"].keys,
        "prints: rows with a bad cell": sum(bad_cells(row) > 0 for row in prints),
        "prints: rows with a null": sum(None in row.values() for row in prints),
        "prints: unknown value_prop": sum(
            row["event_data.value_prop"] not in VALUE_PROPS for row in with_values(prints, ["event_data.value_prop"])
        ),
        "prints: position out of range": sum(
            not 0 <= row["event_data.position"] <= 3 for row in with_values(prints, ["event_data.position"])
        ),
        "prints: of employees": sum(row["user_id"] in employees for row in prints),
        "prints: rows with a twin": sum(times[key] > 1 for key in tuples(prints, KEY)),
        "newest day": str(calendar.newest),
        "week: from": str(calendar.week),
        "week: rows": len(week),
        "week: missing": gaps_in_words(week, calendar.week, calendar.this_week),
        "history: from": str(min(row["day"] for row in history)),
        "history: missing": gaps_in_words(history, calendar.history, calendar.week),
        "taps: rows": len(taps),
        "taps: lines that are no object": tables["taps"].broken,
        "taps: without a print": sum(key not in shown for key in tuples(taps, KEY)),
        "pays: rows": len(pays),
        "pays: rows with a bad cell": sum(bad_cells(row) > 0 for row in pays),
        "pays: totals not above zero": sum(row["total"] <= 0 for row in with_values(pays, ["total"])),
        "pays: unknown value_prop": sum(row["value_prop"] not in VALUE_PROPS for row in pays),
        "pays: unknown users": sum(row["user_id"] not in known for row in pays),
    }


def gaps_in_words(rows, first, end):
    return [f"{prop} {day}" for prop, days in missing_by_value_prop(rows, first, end).items() for day in days]


def write_expected():
    (HERE / "expected.json").write_bytes(expected_bytes())


def expected_bytes():
    return (one_rule_a_line({folder: expected(load(folder)) for folder in FACTS}) + "\n").encode("utf-8")


def one_rule_a_line(value, depth=0):
    """JSON in which only what holds further maps is spread over lines."""
    if not isinstance(value, dict) or not any(isinstance(inner, dict) for inner in value.values()):
        return json.dumps(value, ensure_ascii=False)
    inside = "  " * (depth + 1)
    lines = [f"{inside}{json.dumps(key)}: {one_rule_a_line(inner, depth + 1)}" for key, inner in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def expected(tables):
    """What a report of the suite must say, of all rules but those of `final`, which are skipped."""
    rules = expected_rules(tables)
    failed = [rule for rule in rules.values() if rule["status"] == "failed"]
    gating = [rule for rule in failed if SEVERITIES.index(rule["level"]) >= SEVERITIES.index("error")]
    return {
        "as_of": str(Calendar(tables["prints"].rows).newest + DAY),
        "exit_code": 1 if gating else 0,
        "counts": {
            "rules": len(rules) + RULES_OF_FINAL,
            "passed": len(rules) - len(failed),
            "failed": len(failed),
            "gating": len(gating),
            "error": 0,
            "skipped": RULES_OF_FINAL,
        },
        "datasets": {
            name: {
                "rows": len(table.rows) + len(table.broken),
                "rows_in_scope": len(table.rows),
                "rows_unparsed": sum(bad_cells(row) > 0 for row in table.rows),
            }
            for name, table in tables.items()
        },
        "rules": rules,
    }


def expected_rules(tables):
    users, prints, taps, pays = (tables[name].rows for name in ("users", "prints", "taps", "pays"))
    known = {row["user_id"] for row in users}
    employees = {row["user_id"] for row in users if row["employee"]}
    shown = set(tuples(with_values(prints, KEY), KEY))
    calendar = Calendar(prints)
    week = between_days(prints, "day", calendar.week, calendar.this_week)
    history = between_days(prints, "day", calendar.history, calendar.week)
    budget = [("warning", 0), ("error", Decimal("0.01"))]
    one_percent = [("warning", Decimal("0.01"))]
    rules = {}

    def column(dataset, name, limits=(("error", 0),)):
        rows = tables[dataset].rows
        rules[f"{dataset}.{name}.type"] = of_type(rows, name, limits)
        rules[f"{dataset}.{name}.not_null"] = verdict(rows, [row for row in rows if row[name] is None])

    def value_prop(dataset, name):
        column(dataset, name)
        rows = tables[dataset].rows
        rules[f"{dataset}.{name}.in_set"] = count(rows, [name], lambda row: row[name] not in VALUE_PROPS)

    def position(dataset):
        name = "event_data.position"
        column(dataset, name)
        rules[f"{dataset}.{name}.between"] = count(tables[dataset].rows, [name], lambda row: not 0 <= row[name] <= 3)

    def of_table(dataset, columns):
        table = tables[dataset]
        unexpected = [key for key in table.keys if key not in columns]
        rules[f"{dataset}.columns"] = {**holds_if(sorted(table.keys) == sorted(columns)), "unexpected": unexpected}
        if dataset in ("prints", "taps"):
            rules[f"{dataset}.well_formed"] = {**holds_if(not table.broken, "warning"), "lines": table.broken}
        if dataset != "users":
            broken = [{"line": line} for line in table.broken]
            bad = sorted(broken + [row for row in table.rows if bad_cells(row)], key=lambda row: row["line"])
            rules[f"{dataset}.readable_rows"] = verdict(table.rows + broken, bad, budget)

    column("users", "user_id")
    rules["users.user_id.unique"] = unique(users, ["user_id"])
    column("users", "signed_up")
    column("users", "employee")
    of_table("users", ["user_id", "signed_up", "employee"])

    for dataset in ("prints", "taps"):
        column(dataset, "day")
        position(dataset)
        value_prop(dataset, "event_data.value_prop")
        column(dataset, "user_id")
        of_table(dataset, ["day", "event_data", "user_id"])
    rules["prints.user_id.foreign_key"] = count(prints, ["user_id"], lambda row: row["user_id"] not in known)
    rules["prints.user_id.absent_from"] = count(
        prints, ["user_id"], lambda row: row["user_id"] in employees, [("warning", 0)]
    )
    rules["print_once"] = unique(prints, KEY)
    rules["tap_has_its_print"] = count(taps, KEY, lambda row: tuples([row], KEY)[0] not in shown)
    rules["taps.day.no_gaps"] = no_gaps(taps, "day", calendar.history, calendar.this_week)

    rules["week.row_count"] = {**holds_if(len(week) >= 500), "evaluated": len(week), "observed": len(week)}
    props = {row["event_data.value_prop"] for row in week}
    all_promoted = holds_if(props == set(VALUE_PROPS))
    rules["week.event_data.value_prop.distinct_values"] = {**all_promoted, "evaluated": len(week)}
    rules["week_complete"] = no_gaps_by_value_prop(week, calendar.week, calendar.this_week, "error")
    oldest = min(row["day"] for row in history)
    rules["history_long_enough"] = {
        **holds_if(oldest <= calendar.history), "evaluated": len(history), "observed": str(oldest),
    }
    rules["history_complete"] = no_gaps_by_value_prop(history, calendar.history, calendar.week, "warning")

    column("pays", "pay_date", one_percent)
    rules["pays.pay_date.no_gaps"] = no_gaps(pays, "pay_date", calendar.history, calendar.this_week)
    column("pays", "total", one_percent)
    rules["pays.total.positive"] = count(pays, ["total"], lambda row: row["total"] <= 0)
    column("pays", "user_id")
    rules["pays.user_id.foreign_key"] = count(pays, ["user_id"], lambda row: row["user_id"] not in known)
    value_prop("pays", "value_prop")
    of_table("pays", ["pay_date", "total", "user_id", "value_prop"])
    return rules


def count(rows, columns, breaks, limits=(("error", 0),)):
    """The outcome of a rule about rows, of which those with a null or an unreadable value are left out."""
    unparsed = [row for row in rows if any(isinstance(row[column], Bad) for column in columns)]
    evaluated = with_values(rows, columns)
    found = verdict(evaluated, [row for row in evaluated if breaks(row)], limits)
    return {**found, "missing": len(rows) - len(evaluated) - len(unparsed), "unparsed": len(unparsed)}


def unique(rows, columns):
    """Every row of a repeated key counts; on several columns a null is a value, unless all of them are null."""
    rows = [row for row in readable(rows, columns) if any(row[column] is not None for column in columns)]
    times = Counter(tuples(rows, columns))
    return verdict(rows, [row for row in rows if times[tuple(row[column] for column in columns)] > 1])


def of_type(rows, column, limits):
    there = [row for row in rows if row[column] is not None]
    return verdict(there, [row for row in there if isinstance(row[column], Bad)], limits)


def no_gaps(rows, column, first, end):
    """Days take the place of rows: those expected are evaluated, those missing are the violations."""
    missing = len(missing_days(rows, column, first, end))
    return {**holds_if(not missing), "violations": missing, "evaluated": (end - first).days}


def no_gaps_by_value_prop(rows, first, end, level):
    groups = missing_by_value_prop(rows, first, end)
    missing = sum(map(len, groups.values()))
    return {
        **holds_if(not missing, level),
        "violations": missing,
        "evaluated": len(groups) * (end - first).days,
        "groups_evaluated": len(groups),
        "groups_failed": sum(1 for days in groups.values() if days),
    }


def verdict(evaluated, broken, limits=(("error", 0),)):
    """A limit is exceeded by more than its count (int) or share (Decimal); a failure shows its first lines."""
    exceeded = [
        level
        for level, limit in limits
        if len(broken) > (limit * len(evaluated) if isinstance(limit, Decimal) else limit)
    ]
    level = max(exceeded, key=SEVERITIES.index) if exceeded else None
    found = {**holds_if(not level, level), "violations": len(broken), "evaluated": len(evaluated)}
    return {**found, "lines": [row["line"] for row in broken][:SAMPLES]} if level else found


def holds_if(holds, level="error"):
    return {"status": "passed", "level": None} if holds else {"status": "failed", "level": level}
