#!/usr/bin/env python3
"""Makes the answer of an API that the `usuarios` example starts from, with its faults, and counts them again.

    python3 examples/usuarios/generate.py             write data/respuesta.json
    python3 examples/usuarios/generate.py --expected  write expected.json from the file on disk
    python3 examples/usuarios/generate.py --check     fail unless file and expected.json agree

Needs Python 3.9 and its standard library. The bytes are the same on every machine. Nobody in it exists: names are drawn from
lists, addresses end in `.example`, telephones are of the block kept for fiction. The counting lives in recount.py and shares
no code with this file.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import recount

HERE = Path(__file__).resolve().parent
SEED = 20250601
USERS = 150
NAMES = ["Ana", "Luis", "Marta", "Iñaki", "Núria", "Pau", "Lucía", "Óscar", "Inés", "Jon"]
SURNAMES = ["García", "Pérez", "Muñoz", "Ibáñez", "Ferrer", "Núñez", "Soler", "Vega", "Ortiz", "León"]
CITIES = [("Madrid", "28013"), ("Valencia", "46002"), ("Bilbao", "48001"), ("Sevilla", "41004"), ("Girona", "17001")]
COMPANIES = [(1, "Aguas del Sur", "agua"), (2, "Bits y Pan", "software"), (3, "Cal Pagès", "alimentación"), (4, "Dédalo", "obras")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--expected", action="store_true", help="write expected.json from the file on disk")
    arguments.add_argument("--check", action="store_true", help="fail unless file and expected.json agree")
    given = arguments.parse_args()
    answer, expected = HERE / "data" / "respuesta.json", HERE / "expected.json"
    if given.check:
        wrong = [path.name for path, text in ((answer, made()), (expected, recount.expected_text()))
                 if path.read_text(encoding="utf-8") != text]
        for name in wrong:
            print(f"{name} is not what generate.py and recount.py say", file=sys.stderr)
        return 1 if wrong else 0
    if given.expected:
        expected.write_text(recount.expected_text(), encoding="utf-8", newline="\n")
    else:
        answer.parent.mkdir(exist_ok=True)
        answer.write_text(made(), encoding="utf-8", newline="\n")
    return 0


def made():
    chance = random.Random(SEED)
    pick = lambda things: things[int(chance.random() * len(things))]
    users = []
    for number in range(1, USERS + 1):
        name, surname, (city, postcode), company = pick(NAMES), pick(SURNAMES), pick(CITIES), pick(COMPANIES)
        users.append({
            "id": number,
            "name": f"{name} {surname}",
            "username": f"u{number:04}",
            "email": f"u{number:04}@correo.example",
            "phone": f"+3460000{number:04}",
            "registered_at": f"2025-{1 + number % 5:02}-{1 + number % 28:02}T08:{number % 60:02}:00Z",
            "address": {
                "street": f"Calle Mayor {number}",
                "city": city,
                "zipcode": postcode,
                "geo": {"lat": round(36 + 7 * chance.random(), 5), "lng": round(-8 + 10 * chance.random(), 5)},
            },
            "company": {"id": company[0], "name": company[1], "sector": company[2]},
        })
    spoil(users)
    return json.dumps({"status": "ok", "page": 1, "data": {"total": len(users), "users": users}}, ensure_ascii=False, indent=1) + "\n"


def spoil(users):
    """Plants the faults, each in a user of its own."""
    users[4]["email"] = "u0005(at)correo.example"
    users[9]["email"] = None
    users[17]["email"] = users[16]["email"]
    users[23]["id"] = users[22]["id"]
    users[31]["address"]["geo"]["lat"] = 361.2
    users[38]["address"]["geo"]["lng"] = "-3,70379"
    users[47]["address"]["zipcode"] = "4600"
    del users[55]["address"]
    users[63]["registered_at"] = "2025-02-30T08:00:00Z"
    users[71]["registered_at"] = "2031-01-01T00:00:00Z"
    users[86]["company"] = None
    users[93]["phone"] = "600 00 00 94"
    users[104]["name"] = "  "
    users[118]["company"]["id"] = 9


if __name__ == "__main__":
    sys.exit(main())
