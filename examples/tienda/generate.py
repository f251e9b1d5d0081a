#!/usr/bin/env python3
"""Makes the tables and messages of the `tienda` example, with their faults, and counts these again.

    python3 examples/tienda/generate.py             write the files of data/
    python3 examples/tienda/generate.py --expected  write expected.json from the files on disk
    python3 examples/tienda/generate.py --check     fail unless files and expected.json agree

Needs Python 3.9 and its standard library. The bytes are the same on every machine. Nobody in it exists, and addresses end in
`.example`. The counting lives in recount.py and shares no code with this file.
"""

import argparse
import csv
import io
import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

import recount

HERE = Path(__file__).resolve().parent
SEED = 20250630
NAMES = ["Ana", "Luis", "Marta", "Iñaki", "Núria", "Pau", "Lucía", "Óscar", "Inés", "Jon"]
BRANDS = ["Alba", "Brío", "Cedro", "Duna", "Ébano", "Faro", "Grana", "Haya", "Iris", "Jara", "Kilim", "Lino"]
THINGS = ["Taza", "Lámpara", "Manta", "Cuenco", "Jarra", "Cesta", "Vela", "Bandeja"]
START = datetime(2025, 1, 1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--expected", action="store_true", help="write expected.json from the files on disk")
    arguments.add_argument("--check", action="store_true", help="fail unless files and expected.json agree")
    given = arguments.parse_args()
    files = {HERE / "data" / name: text for name, text in made().items()}
    expected = HERE / "expected.json"
    if given.check:
        files[expected] = recount.expected_text()
        wrong = [path.name for path, text in files.items() if path.read_text(encoding="utf-8") != text]
        for name in wrong:
            print(f"{name} is not what generate.py and recount.py say", file=sys.stderr)
        return 1 if wrong else 0
    if given.expected:
        files = {expected: recount.expected_text()}
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


def made():
    chance = random.Random(SEED)
    pick = lambda things: things[int(chance.random() * len(things))]
    moment = lambda: (START + timedelta(minutes=int(chance.random() * 250_000))).strftime("%Y-%m-%dT%H:%M:%SZ")
    users = [[n, f"u{n:04}@correo.example", f"{pick(NAMES)} {n}", pick(["activo"] * 8 + ["inactivo", "bloqueado"]), moment()]
             for n in range(1, 251)]
    brands = [[n, name, pick(["ES", "PT", "FR", "IT"])] for n, name in enumerate(BRANDS, 1)]
    products = [[n, f"{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}-{n:04}", f"{pick(THINGS)} {n}", 1 + int(chance.random() * len(BRANDS)),
                 f"{2 + chance.random() * 90:.2f}", int(chance.random() * 120)] for n in range(1, 301)]
    carts, lines = [], []
    for n in range(1, 401):
        state, made_at = pick(["abierto", "pagado", "pagado", "abandonado"]), START + timedelta(minutes=int(chance.random() * 240_000))
        paid = made_at + timedelta(minutes=1 + int(chance.random() * 600))
        text = lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")
        carts.append([n, 1 + int(chance.random() * 250), state, text(made_at), text(paid) if state == "pagado" else ""])
        bought = sorted({1 + int(chance.random() * 300) for _ in range(1 + int(chance.random() * 4))})
        lines += [[n, product, 1 + int(chance.random() * 5)] for product in bought]
    spoil(users, brands, products, carts, lines)
    return {
        "usuarios.csv": table(["id", "email", "nombre", "estado", "alta"], users),
        "marcas.csv": table(["id", "nombre", "pais"], brands),
        "productos.csv": table(["id", "sku", "nombre", "marca_id", "precio", "stock"], products),
        "carritos.csv": table(["id", "usuario_id", "estado", "creado", "pagado"], carts),
        "lineas.csv": table(["carrito_id", "producto_id", "cantidad"], lines),
        "eventos.ndjson": events(chance),
    }


def spoil(users, brands, products, carts, lines):
    """Plants the faults of the tables."""
    users[11][1] = "u0012(at)correo.example"
    users[40][1] = users[39][1]
    users[77][2] = "  "
    users[90][3] = "vip"
    users[133][4] = "2031-02-01T00:00:00Z"
    users[200][0] = users[199][0]
    brands[5][1] = "Brío"
    brands[9][2] = "esp"
    products[20][3] = 77
    products[21][3] = 78
    products[60][4] = "0.00"
    products[61][4] = "-3.50"
    for at in (100, 101, 102, 190):
        products[at][5] = -1 - at % 3
    products[150][1] = products[149][1]
    products[222][1] = "sin código"
    for at in (7, 70, 170):
        carts[at][1] = 9000 + at
    carts[33][2] = "perdido"
    carts[44][3:5] = ["2025-05-02T10:00:00Z", "2025-05-01T10:00:00Z"]
    carts[55][2:5] = ["pagado", "2025-05-02T10:00:00Z", ""]
    carts[66][3:5] = ["2025-08-01T10:00:00Z", "2025-08-01T11:00:00Z"]
    lines[10][2] = 0
    lines[11][2] = 120
    lines[99][1] = 9999
    lines.append(list(lines[50]))


def events(chance):
    at, rows = datetime(2025, 6, 1, 8), []
    for number in range(1, 301):
        at += timedelta(minutes=1 + int(chance.random() * 90))
        kind = ["usuario.creado", "carrito.pagado", "stock.cambiado"][int(chance.random() * 3)]
        data = {
            "usuario.creado": {"usuario_id": number, "email": f"u{number:04}@correo.example"},
            "carrito.pagado": {"carrito_id": number, "importe": round(5 + chance.random() * 200, 2)},
            "stock.cambiado": {"producto_id": 1 + number % 300, "delta": -1 - number % 4},
        }[kind]
        rows.append({"type": kind, "data": data, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "version": 1 + number % 2})
    first = lambda kind, after: next(row for row in rows[after:] if row["type"] == kind)
    first("carrito.pagado", 10)["data"]["importe"] = -4
    first("carrito.pagado", 60)["data"].pop("importe")
    first("stock.cambiado", 20)["data"]["delta"] = 0
    first("stock.cambiado", 70)["data"]["delta"] = "3"
    first("usuario.creado", 30)["data"]["telefono"] = "600000000"
    rows[120]["type"] = "carrito.perdido"
    rows[130]["version"] = 3
    rows[140].pop("version")
    rows[150]["extra"] = True
    rows[160]["timestamp"] = "2031-01-01T00:00:00Z"
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(head, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
