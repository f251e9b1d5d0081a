"""Random columns: values in plain Python, and the Arrow type that they are stored as.

Values: int, Decimal, float (NaN is no value), bool, str, a day as date, an instant as nanoseconds since 1970 in UTC, None.
"""

import math
import random
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

DAY = 86_400 * 10**9
UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@dataclass
class Column:
    """`kind` is the word of the suite language, `stored` the type in Arrow's words."""

    name: str
    kind: str
    stored: str
    values: list

    def held(self) -> list:
        """The values as rules see them: NaN is none."""
        return [None if isinstance(value, float) and math.isnan(value) else value for value in self.values]


def column(rng: random.Random, name: str, kind: str, rows: int) -> Column:
    """A column of this kind whose values are in some order, repeat in some way, and are null in some places."""
    stored, nth = RANKS[kind](rng, rows)
    ranks = shape(rng, rows)
    values = [nth(rank) for rank in ranks]
    if kind == "float":
        values = [special(rng, value) for value in values]
    return Column(name, kind, stored, with_nulls(rng, values))


def shape(rng: random.Random, rows: int) -> list[int]:
    """Ranks of the values, row by row: the lesser the rank, the lesser the value."""
    few = rng.choice([1, 2, 7, 40, 300])
    match rng.choice(["sorted", "falling", "repeated", "shuffled", "few", "few", "constant", "runs", "blocks", "nearly"]):
        case "sorted":
            return list(range(rows))
        case "falling":
            return list(range(rows, 0, -1))
        case "repeated":
            return [rank // 3 for rank in range(rows)]
        case "shuffled":
            return rng.sample(range(rows), rows)
        case "few":
            return [rng.randrange(few) for _ in range(rows)]
        case "constant":
            return [5] * rows
        case "runs":
            return [(row // 700 * 7919) % 50 for row in range(rows)]
        case "blocks":
            # Blocks whose ranges do not overlap, each in no order.
            block = rng.choice([512, 2048])
            starts = range(0, rows, block)
            return [rank for start in starts for rank in rng.sample(range(start, min(start + block, rows)), min(block, rows - start))]
        case _:
            # In order, but for one value that comes again, often where a row group begins.
            ranks = list(range(rows))
            if rows > 1:
                again = rng.choice([row for row in (2048, 2049, 4096, 1, rows - 1, rng.randrange(1, rows)) if row < rows])
                ranks[again] = ranks[again - 1]
            return ranks


def with_nulls(rng: random.Random, values: list) -> list:
    match rng.choice(["none", "none", "none", "some", "run", "most", "one", "all"]):
        case "none":
            return values
        case "some":
            return [None if rng.random() < 0.05 else value for value in values]
        case "run":
            start = rng.randrange(len(values) + 1)
            return [None if start <= row < start + 2500 else value for row, value in enumerate(values)]
        case "most":
            return [value if rng.random() < 0.02 else None for value in values]
        case "one":
            place = rng.randrange(len(values) + 1)
            return [None if row == place else value for row, value in enumerate(values)]
        case _:
            return [None] * len(values)


def special(rng: random.Random, value: float) -> float:
    if rng.random() > 0.004:
        return value
    return rng.choice([math.nan, -0.0, 0.0, math.inf, -math.inf])


# ---------------------------------------------------------------- ranks to values, by kind


def integers(rng: random.Random, rows: int):
    bits, signed = rng.choice([8, 16, 32, 64, 64]), rng.random() < 0.7
    least = -(2 ** (bits - 1)) if signed else 0
    most = 2 ** (bits - int(signed)) - 1
    first = rng.choice([least, max(least, -3), 1, max(least, most // 2 - 2000), max(least, most - 2 * rows)])
    span = most - first + 1
    step = rng.choice([1, 1, 7])
    return f"{'' if signed else 'u'}int{bits}", lambda rank: first + rank * step % span


def decimals(rng: random.Random, rows: int):
    digits, scale = rng.choice([(9, 2), (18, 4), (38, 10), (5, 0)])
    first = rng.choice([0, -rows // 2, 10 ** (digits - 1) - 10 * rows if digits > 6 else 0])
    unit = Decimal(1).scaleb(-scale)
    return f"decimal({digits},{scale})", lambda rank: (first + rank) * unit


def floats(rng: random.Random, rows: int):
    bits = rng.choice([32, 64])
    middle = rng.choice([0, rows // 2])

    def nth(rank: int) -> float:
        value = (rank - middle) * 0.1
        return struct.unpack("f", struct.pack("f", value))[0] if bits == 32 else value

    return f"float{bits}", nth


def strings(rng: random.Random, rows: int):
    # Longer than what writers keep of a string in statistics, alike up to there, some cut amid a character.
    prefix = rng.choice(["", "", "a", "x" * 60, "x" * 300, "\u00e9" * 31 + "y", "\U0001f600" * 16, "\U0010ffff" * 20])
    digits = rng.choice([1, 6])
    return rng.choice(["string", "string", "dictionary"]), lambda rank: f"{prefix}{rank:0{digits}}"


def days(rng: random.Random, rows: int):
    first = rng.choice([date(1969, 11, 1), date(2024, 1, 1), date(1900, 1, 1)])
    return "date", lambda rank: first + timedelta(days=rank)


def instants(rng: random.Random, rows: int):
    unit, zone = rng.choice(["ms", "us", "ns"]), rng.choice(["", "UTC", "Europe/Madrid"])
    first = rng.choice([-(rows // 2) * 10**9, 1_700_000_000 * 10**9 + 123_000_000])
    step = rng.choice([10**9, max(UNITS[unit], UNITS["us"])])
    return f"timestamp({unit},{zone})", lambda rank: first + rank * step


RANKS = {
    "integer": integers,
    "decimal": decimals,
    "float": floats,
    "string": strings,
    "date": days,
    "timestamp": instants,
    "boolean": lambda rng, rows: ("bool", lambda rank: rank % 2 == 1),
}


def spelled(value) -> str:
    """A value as one writes it in a suite."""
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def instant(value: int) -> str:
    """An instant as one writes it in a suite; what is below a microsecond is cut."""
    moment = datetime.fromtimestamp(value // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{value % 10**9 // 1000:06}Z"
