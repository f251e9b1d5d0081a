"""Counts the faults of the `usuarios` example again, from the answer of the API alone.

An oracle for the engine: the `json` module and plain loops. It restates the rules of usuarios.yaml and does not read that
file, so a change there is made here as well. Run it through generate.py.
"""

import datetime
import json
import re
from collections import Counter
from pathlib import Path

ANSWER = Path(__file__).resolve().parent / "data" / "respuesta.json"
NOW = datetime.datetime(2025, 6, 30)


def at(user, path):
    for step in path.split("."):
        user = user.get(step) if isinstance(user, dict) else None
    return user


def moment(text):
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def text(value):
    return isinstance(value, str)


TYPES = {
    "id": whole, "name": text, "username": text, "email": text, "phone": text,
    "registered_at": lambda value: text(value) and moment(value) is not None,
    "address.street": text, "address.city": text, "address.zipcode": text, "address.geo.lat": number,
    "address.geo.lng": number, "company.id": whole, "company.name": text,
}
NEEDED = ["id", "username", "email", "registered_at", "address.street", "address.city", "address.geo.lat", "address.geo.lng",
          "company.id", "company.name"]


def broken(users):
    """For each rule the places of the users that break it, from 0."""
    value = lambda user, path: at(user, path) if at(user, path) is not None and TYPES[path](at(user, path)) else None
    rules = {f"usuarios.{path}.type": lambda user, path=path: at(user, path) is not None and value(user, path) is None
             for path in TYPES}
    rules.update({f"usuarios.{path}.not_null": lambda user, path=path: at(user, path) is None for path in NEEDED})
    for path in ("id", "username", "email"):
        times = Counter(value(user, path) for user in users)
        rules[f"usuarios.{path}.unique"] = lambda user, path=path, times=times: (
            value(user, path) is not None and times[value(user, path)] > 1)

    def holds(path, test):
        return lambda user: value(user, path) is not None and not test(value(user, path))

    rules.update({
        "usuarios.name.not_blank": lambda user: not (at(user, "name") or "").strip(),
        "usuarios.email.format": holds("email", lambda it: re.fullmatch(r"[^@\s()]+@[^@\s]+\.[a-z]+", it)),
        "usuarios.phone.format": holds("phone", lambda it: re.fullmatch(r"\+[1-9][0-9]{6,14}", it)),
        "usuarios.registered_at.not_in_future": holds("registered_at", lambda it: moment(it) <= NOW),
        "usuarios.address.zipcode.matches": holds("address.zipcode", lambda it: re.fullmatch(r"[0-9]{5}", it)),
        "usuarios.address.geo.lat.between": holds("address.geo.lat", lambda it: -90 <= it <= 90),
        "usuarios.address.geo.lng.between": holds("address.geo.lng", lambda it: -180 <= it <= 180),
        "usuarios.company.id.in_set": holds("company.id", lambda it: it in (1, 2, 3, 4)),
    })
    return {id_: [place for place, user in enumerate(users) if breaks(user)] for id_, breaks in rules.items()}


def expected():
    users = json.loads(ANSWER.read_text(encoding="utf-8"))["data"]["users"]
    found = broken(users)
    reasons = {}
    for id_, places in found.items():
        for place in places:
            reasons.setdefault(place, []).append(id_)
    valid = [user for place, user in enumerate(users) if place not in reasons]
    return {
        "exit_code": 1,
        "read": len(users),
        "valid": len(valid),
        "invalid": {str(place): sorted(ids) for place, ids in sorted(reasons.items())},
        "rules": {id_: {"violations": len(places), "status": "failed" if places else "passed"} for id_, places in found.items()},
        "tables": {
            "usuarios": len(valid),
            "direcciones": len(valid),
            "empresas": len({user["company"]["id"] for user in valid}),
        },
    }


def expected_text():
    return json.dumps(expected(), indent=1, ensure_ascii=False) + "\n"
