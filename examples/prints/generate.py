#!/usr/bin/env python3
"""Makes the data of the `prints` example, clean and with faults, and counts the faults again.

    python3 examples/prints/generate.py             write data/clean and data/faulty
    python3 examples/prints/generate.py --expected  write expected.json from the files on disk
    python3 examples/prints/generate.py --check     fail unless files, facts and expected.json agree

Needs Python 3.9 and its standard library. The bytes are the same on every machine: one seed, no clock, and only
`random()` is drawn from, whose sequence Python keeps from version to version. The counting lives in recount.py and
shares no code with this file.
"""

import argparse
import copy
import csv
import datetime
import io
import json
import random
import sys
from pathlib import Path

import recount

DATA = Path(__file__).resolve().parent / "data"
SEED = 20250702
FIRST = datetime.date(2025, 6, 2)  # a Monday
DAYS = 31  # four whole weeks, and Monday to Wednesday of the fifth
TODAY = FIRST + datetime.timedelta(days=DAYS - 1)

USERS = 240
EMPLOYEES = 8
VISITS_A_DAY = 30
PAYS = 900

# What may be promoted, and how often it is for each time that `transport` is.
VALUE_PROPS = {
    "cellphone_recharge": 5,
    "credits_consumer": 3,
    "link_cobro": 3,
    "point": 3,
    "prepaid": 4,
    "send_money": 4,
    "transport": 3,
}
# Of a hundred prints, so many are tapped, by position.
TAPPED = [16, 11, 8, 6]

# The planted faults. recount.FACTS states what they must add up to.
MISSING_DAYS = [("transport", "2025-06-26"), ("point", "2025-06-11"), ("point", "2025-06-12")]
NEW_KEY_PRINTS = 3
UNKNOWN_PRINTS = 4
BAD_POSITIONS = [4, 4, 4, -1, -1]
TEXT_POSITIONS = 3
REPEATED_PRINTS = 5
EMPLOYEE_PRINTS = 6
TAPS_WITHOUT_PRINT = ["day", "user_id", "user_id", "position", "value_prop", "value_prop"]
BAD_TOTALS = ["-12.50", "-0.01", "0.00", "-3499.99"]
UNKNOWN_PAYS = 2
ORPHAN_PAYS = [90001, 90001, 90002, 90001, 90002, 90002, 90001]
UNREADABLE_PAYS = [("pay_date", "2025-06-31"), ("pay_date", "14/06/2025"), ("total", "1.234,50")]


def main():
    parser = argparse.ArgumentParser(description="Makes the data of the prints example, or checks it.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--expected", action="store_true", help="write expected.json from the data on disk")
    mode.add_argument("--check", action="store_true", help="check files, facts and expected.json, write nothing")
    args = parser.parse_args()
    if args.expected:
        recount.write_expected()
        return 0
    files = generate()
    if args.check:
        stale = [name for name, text in files.items() if not same(DATA / name, text)]
        problems = [f"data/{name} is not what this generator writes" for name in stale] + recount.problems()
        for problem in problems:
            print(problem, file=sys.stderr)
        print("does not hold" if problems else "every fact holds")
        return 1 if problems else 0
    for name, text in files.items():
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return 0


def same(path, text):
    return path.is_file() and path.read_bytes() == text.encode("utf-8")


def generate():
    """Every file by its name; each has a stream of its own, so that a change in one leaves the others alone."""
    people = users(Draw(SEED + 1))
    customers = [person["user_id"] for person in people if person["employee"] == "false"]
    employees = [person["user_id"] for person in people if person["employee"] == "true"]
    prints = make_prints(Draw(SEED + 2), customers)
    taps = make_taps(Draw(SEED + 3), prints)
    pays = make_pays(Draw(SEED + 4), customers)
    files = written("clean", people, to_ndjson(prints), to_ndjson(taps), pays)

    prints, taps, pays = copy.deepcopy((prints, taps, pays))
    prints, taps = drop_missing_days(prints, taps)
    spoil_pays(Draw(SEED + 7), pays)
    broken = spoil_prints(Draw(SEED + 5), prints, taps, employees)
    spoil_taps(Draw(SEED + 6), taps, prints, customers)
    files.update(written("faulty", people, broken, torn(to_ndjson(taps)), pays))
    return files


def written(folder, people, prints, taps, pays):
    return {
        f"{folder}/users.csv": to_csv(people),
        f"{folder}/prints.json": prints,
        f"{folder}/taps.json": taps,
        f"{folder}/pays.csv": to_csv(pays),
    }


class Draw:
    """Choices that rest on `random()` alone."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, n):
        return int(self.random() * n)

    def one_of(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.random() * 100 < percent

    def some(self, items, count):
        """So many different items, in random order."""
        pool = list(items)
        for i in range(count):
            j = i + self.below(len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]


def users(draw):
    """Some work for the company, and never see the carousel that customers see."""
    numbers = sorted(draw.some(range(10_000, 90_000), USERS))
    employees = set(draw.some(numbers, EMPLOYEES))
    return [
        {
            "user_id": number,
            "signed_up": (datetime.date(2021, 4, 1) + datetime.timedelta(days=draw.below(1_400))).isoformat(),
            "employee": "true" if number in employees else "false",
        }
        for number in numbers
    ]


def make_prints(draw, customers):
    """A visit shows two to four cards, each of another value prop, from position 0 on."""
    weighted = [prop for prop, weight in VALUE_PROPS.items() for _ in range(weight)]
    prints = []
    for number in range(DAYS):
        day = (FIRST + datetime.timedelta(days=number)).isoformat()
        for user in draw.some(customers, VISITS_A_DAY + draw.below(7)):
            cards, shown = draw.one_of([2, 3, 3, 4]), []
            while len(shown) < cards:
                prop = draw.one_of(weighted)
                if prop not in shown:
                    shown.append(prop)
            prints += [card(day, user, position, prop) for position, prop in enumerate(shown)]
    return prints


def make_taps(draw, prints):
    """A tap says again which print it is of."""
    return [copy.deepcopy(it) for it in prints if draw.chance(TAPPED[it["event_data"]["position"]])]


def make_pays(draw, customers):
    pays = []
    for number in range(PAYS):
        prop = draw.one_of(list(VALUE_PROPS))
        cents = 100 + draw.below(9_900 if prop == "transport" else 250_000)
        pays.append({
            "pay_date": (FIRST + datetime.timedelta(days=number * DAYS // PAYS)).isoformat(),
            "total": f"{cents // 100}.{cents % 100:02}",
            "user_id": draw.one_of(customers),
            "value_prop": prop,
        })
    return pays


def card(day, user, position, prop):
    return {"day": day, "event_data": {"position": position, "value_prop": prop}, "user_id": user}


def key(it):
    return it["day"], it["user_id"], it["event_data"]["position"], it["event_data"]["value_prop"]


def drop_missing_days(prints, taps):
    """The prints of these days never arrived, nor did the taps of them."""
    kept = [
        [it for it in events if (it["event_data"]["value_prop"], it["day"]) not in MISSING_DAYS]
        for events in (prints, taps)
    ]
    return kept[0], kept[1]


def spoil_prints(draw, prints, taps, employees):
    """Plants the faults of prints.json and gives its text. No spoiled print has a tap, so that faults stay apart."""
    tapped = {key(it) for it in taps}
    this_week = (TODAY - datetime.timedelta(days=TODAY.weekday())).isoformat()
    free = [i for i, it in enumerate(prints) if key(it) not in tapped]
    today = [i for i in free if prints[i]["day"] == TODAY.isoformat()]
    fresh = [i for i in free if this_week <= prints[i]["day"] < TODAY.isoformat()]
    older = [i for i in free if prints[i]["day"] < this_week]

    # After the last complete week: what a new version of the app sends.
    for i in take(draw, today, NEW_KEY_PRINTS):
        prints[i]["app_version"] = "7.1.0"
    for i in take(draw, fresh, UNKNOWN_PRINTS):
        prints[i]["event_data"]["value_prop"] = "cellphone_recarge"
    nobody, nothing = take(draw, fresh, 2)
    prints[nobody]["user_id"] = None
    del prints[nothing]["event_data"]

    for i, position in zip(take(draw, older, len(BAD_POSITIONS)), BAD_POSITIONS):
        prints[i]["event_data"]["position"] = position
    for i in take(draw, older, TEXT_POSITIONS):
        prints[i]["event_data"]["position"] = str(prints[i]["event_data"]["position"])
    lines = [line(it) for it in prints]
    cut, split = take(draw, older, 2)
    lines[cut] = lines[cut][: len(lines[cut]) // 2]
    lines[split] = lines[split].replace(", ", "\n", 1)
    added = [(i, lines[i]) for i in take(draw, older, REPEATED_PRINTS)]
    for i in take(draw, older, EMPLOYEE_PRINTS):
        day, _, position, prop = key(prints[i])
        added.append((i, line(card(day, draw.one_of(employees[:2]), position, prop))))
    for i, text in sorted(added, reverse=True):
        lines.insert(i + 1, text)
    return "".join(text + "\n" for text in lines)


def take(draw, pool, count):
    """So many of the pool, which no other fault may have from now on."""
    taken = draw.some(pool, count)
    pool[:] = [i for i in pool if i not in taken]
    return taken


def spoil_taps(draw, taps, prints, customers):
    """Adds taps that differ from a real one in one thing, and of which there is no print."""
    shown = {key(it) for it in prints if "event_data" in it}
    sources = sorted(draw.some(range(len(taps) - 1), len(TAPS_WITHOUT_PRINT)), reverse=True)
    for source, changed in zip(sources, TAPS_WITHOUT_PRINT):
        tap = copy.deepcopy(taps[source])
        while key(tap) in shown:
            if changed == "day":
                tap["day"] = (FIRST + datetime.timedelta(days=draw.below(DAYS))).isoformat()
            elif changed == "user_id":
                tap["user_id"] = draw.one_of(customers)
            elif changed == "position":
                tap["event_data"]["position"] = draw.below(4)
            else:
                tap["event_data"]["value_prop"] = draw.one_of(list(VALUE_PROPS))
        taps.insert(source + 1, tap)


def torn(text):
    """An upload that broke off in its last line."""
    return text[:-40]


def spoil_pays(draw, pays):
    faults = [("total", text) for text in BAD_TOTALS]
    faults += [("value_prop", "point_of_sale")] * UNKNOWN_PAYS
    faults += [("user_id", number) for number in ORPHAN_PAYS]
    faults += UNREADABLE_PAYS
    for i, (column, value) in zip(draw.some(range(len(pays)), len(faults)), faults):
        pays[i][column] = value


def line(it):
    return json.dumps(it)


def to_ndjson(events):
    return "".join(line(it) + "\n" for it in events)


def to_csv(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
