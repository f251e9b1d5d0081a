"""The rules of a case, as data that every peer translates into its own words.

A rule's `kind` is the name of the expectation in Tamiz. A row with a null in a tested column is left out of every rule
but `not_null`; `unique` counts every row of a repeated key, and leaves out rows whose whole key is null.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Rule:
    """One rule. Bounds and values are text, read by the type of their column: no decimal goes through a float."""

    id: str
    kind: str  # not_null unique foreign_key between length in_set matches compare
    columns: list[str]
    least: str | None = None
    most: str | None = None
    values: list[str] | None = None
    pattern: str | None = None
    parent: str | None = None
    parent_columns: list[str] | None = None

    @property
    def column(self) -> str:
        return self.columns[0]


@dataclass
class Table:
    """A file, or the files that a pattern matches, with the types of its columns and its rules.

    Types: integer, decimal, float, boolean, date, timestamp, string.
    """

    path: str
    columns: dict[str, str]
    rules: list[Rule] = field(default_factory=list)

    @property
    def format(self) -> str:
        return "csv" if self.path.endswith(".csv") else "parquet"


@dataclass
class Case:
    """Tables with rules, and what a peer must know beyond them.

    `located` asks for the place of every fault, written to files, and not only for counts. `skipped` says why a peer is
    not asked; with `only`, those not in it are not spoken of. `against` names an earlier case that the cost of this one is given in multiples of.
    """

    name: str
    tables: dict[str, Table]
    located: bool = False
    skipped: dict[str, str] = field(default_factory=dict)
    only: list[str] | None = None
    against: str | None = None

    def rules(self) -> list[Rule]:
        return [rule for table in self.tables.values() for rule in table.rules]

    def kinds(self) -> set[str]:
        return {rule.kind for rule in self.rules()}

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @staticmethod
    def read(path: Path) -> "Case":
        said = json.loads(path.read_text())
        said["tables"] = {
            name: Table(table["path"], table["columns"], [Rule(**rule) for rule in table["rules"]])
            for name, table in said["tables"].items()
        }
        return Case(**said)


@dataclass
class Found:
    """What a peer says of a rule. A number that it does not say is `None`."""

    passed: bool
    violations: int | None = None
    evaluated: int | None = None


def plain(name: str) -> str:
    """A name of letters, digits and `_`, which needs quotes nowhere."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


# ---------------------------------------------------------------- the kinds, for who writes cases


def not_null(column: str) -> Rule:
    return Rule(f"{plain(column)}.not_null", "not_null", [column])


def unique(*columns: str) -> Rule:
    return Rule(f"{'.'.join(map(plain, columns))}.unique", "unique", list(columns))


def foreign_key(columns: list[str], parent: str, parent_columns: list[str]) -> Rule:
    name = f"{'.'.join(map(plain, columns))}.foreign_key"
    return Rule(name, "foreign_key", columns, parent=parent, parent_columns=parent_columns)


def between(column: str, least: str, most: str, id: str | None = None) -> Rule:
    return Rule(id or f"{plain(column)}.between", "between", [column], least, most)


def length(column: str, least: int, most: int) -> Rule:
    return Rule(f"{plain(column)}.length", "length", [column], str(least), str(most))


def in_set(column: str, values: list[str], id: str | None = None) -> Rule:
    return Rule(id or f"{plain(column)}.in_set", "in_set", [column], values=values)


def matches(column: str, pattern: str) -> Rule:
    return Rule(f"{plain(column)}.matches", "matches", [column], pattern=pattern)


def at_most(left: str, right: str) -> Rule:
    return Rule(f"{plain(left)}.{plain(right)}.compare", "compare", [left, right])
