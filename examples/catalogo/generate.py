#!/usr/bin/env python3
"""Makes the data of the `catalogo` example, with its faults, and counts the faults again.

    python3 examples/catalogo/generate.py             write data/
    python3 examples/catalogo/generate.py --expected  write expected.json from the files on disk
    python3 examples/catalogo/generate.py --check     fail unless files and expected.json agree

Needs Python 3.9 and its standard library. The bytes are the same on every machine: one seed, no clock, and only `random()`
is drawn from. Pictures are compared by their pixels, for compressors differ. The counting lives in recount.py and shares
no code with this file.
"""

import argparse
import datetime
import json
import random
import struct
import sys
import zlib
from pathlib import Path

import recount

DATA = Path(__file__).resolve().parent / "data"
SEED = 20250630
TODAY = datetime.date(2025, 6, 30)
PRODUCTS = 400
EVENTS = 600
PICTURES = 16
SIDE = 600
CATEGORIES = ["hogar", "cocina", "jardín", "baño", "iluminación"]
BRANDS = ["Peñalara", "Güell", "Año Nuevo", "Mañana", "Señorial"]
THINGS = ["Lámpara", "Jarrón", "Cafetera", "Estantería", "Espejo", "Sartén", "Cojín", "Maceta"]
HEADER = ["sku", "nombre", "categoria", "marca", "precio", "coste", "iva", "stock", "ean", "imagen", "alta"]
ADJUSTED = ["inventario", "rotura", "devolución"]


class Draw:
    """Chance, of which every version of Python knows the same."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def below(self, limit):
        return int(self.random.random() * limit)

    def one_of(self, things):
        return things[self.below(len(things))]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--expected", action="store_true", help="write expected.json from the files on disk")
    arguments.add_argument("--check", action="store_true", help="fail unless files and expected.json agree")
    given = arguments.parse_args()
    expected = DATA.parent / "expected.json"
    if given.check:
        wrong = [name for name, bytes_ in made().items() if not same(DATA / name, bytes_)]
        if expected.read_text(encoding="utf-8") != recount.expected_text():
            wrong.append("expected.json")
        for name in wrong:
            print(f"{name} is not what generate.py and recount.py say", file=sys.stderr)
        return 1 if wrong else 0
    if given.expected:
        expected.write_text(recount.expected_text(), encoding="utf-8", newline="\n")
        return 0
    for name, bytes_ in made().items():
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not same(path, bytes_):
            path.write_bytes(bytes_)
    return 0


def same(path, bytes_):
    if not path.exists():
        return False
    there = path.read_bytes()
    return there == bytes_ or (recount.pixels(bytes_) is not None and recount.pixels(there) == recount.pixels(bytes_))


def made():
    """Every file by its name."""
    draw = Draw(SEED)
    products = [product(draw, number) for number in range(PRODUCTS)]
    spoil(draw, products)
    lines = [";".join(HEADER)] + [";".join(quoted(row[name]) for name in HEADER) for row in products]
    # A name with a separator and without quotes: one field too many.
    lines[138] = lines[138].replace(products[137]["nombre"], "Jarrón; azul", 1)
    files = {"productos.csv": ("\r\n".join(lines) + "\r\n").encode("cp1252")}
    files["eventos.ndjson"] = events(draw, products)
    for number in range(PICTURES):
        files[f"imagenes/{number:02}.png"] = picture(SIDE, SIDE, number)
    files["imagenes/pequena.png"] = picture(120, 120, 3)
    files["imagenes/cortada.png"] = picture(SIDE, SIDE, 5)[:-40]
    files["imagenes/nota.png"] = "Falta la foto, la hace Ana el lunes.\n".encode()
    return files


def product(draw, number):
    cost = 150 + draw.below(90_000)
    day = TODAY - datetime.timedelta(days=1 + draw.below(700))
    return {
        "sku": f"{draw.one_of(['HOG', 'COC', 'JAR'])}-{10_000 + number}",
        "nombre": f"{draw.one_of(THINGS)} {draw.one_of(['blanca', 'roja', 'pequeña', 'de ratán', '«Toledo»'])} {number}",
        "categoria": draw.one_of(CATEGORIES),
        "marca": draw.one_of(BRANDS),
        "precio": money(cost * 3 // 2),
        "coste": money(cost),
        "iva": draw.one_of(["21", "21", "10", "4"]),
        "stock": str(draw.below(300)),
        "ean": ean(840_000_000_000 + number * 7_919),
        "imagen": f"imagenes/{draw.below(PICTURES):02}.png",
        "alta": day.strftime("%d/%m/%Y"),
    }


def spoil(draw, rows):
    """Plants the faults, each in rows of its own, so that they stay apart."""
    free = list(range(PRODUCTS))
    free.remove(137)

    def take(count):
        return [free.pop(draw.below(len(free))) for _ in range(count)]

    for one, other in zip(take(3), take(3)):
        rows[other]["sku"] = rows[one]["sku"]
    for name, at in zip(["", "", "   "], take(3)):
        rows[at]["nombre"] = name
    for price, at in zip(["0,00", "-19,90", "-1,00", "consultar", "12,3,4", "1.23,50"], take(6)):
        rows[at]["precio"] = price
    for at in take(4):
        rows[at]["precio"], rows[at]["coste"] = rows[at]["coste"], rows[at]["precio"]
    for name, at in zip(["jardin", "Hogar"], take(2)):
        rows[at]["categoria"] = name
    for at in take(2):
        ean13 = rows[at]["ean"]
        rows[at]["ean"] = ean13[:-1] + str((int(ean13[-1]) + 5) % 10)
    for stock, at in zip(["-3", "-40"], take(2)):
        rows[at]["stock"] = stock
    rows[take(1)[0]]["alta"] = "31/02/2025"
    rows[take(1)[0]]["alta"] = "04/07/2026"
    for name in ["99", "99", "sin-foto", "pequena", "pequena", "pequena", "cortada", "nota", "nota"]:
        rows[take(1)[0]]["imagen"] = f"imagenes/{name}.png"


def events(draw, products):
    skus = [row["sku"] for row in products]
    moment = datetime.datetime(2025, 6, 1, 8)
    rows = []
    for number in range(EVENTS):
        moment += datetime.timedelta(seconds=60 + draw.below(3_600))
        kind = ["precio_cambiado", "stock_ajustado", "imagen_subida"][number % 3]
        before = 100 + draw.below(50_000)
        data = {
            "precio_cambiado": {"anterior": before / 100, "nuevo": (before + 50) / 100},
            "stock_ajustado": {"delta": draw.below(41) - 20, "motivo": draw.one_of(ADJUSTED)},
            "imagen_subida": {"ruta": f"imagenes/{draw.below(PICTURES):02}.png", "ancho": SIDE, "alto": SIDE},
        }[kind]
        rows.append({"id": number + 1, "momento": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "actor": draw.one_of(["ana", "luis", "robot"]),
                     "tipo": kind, "sku": draw.one_of(skus), "datos": data})
    del rows[30]["datos"]["nuevo"]
    rows[63]["datos"]["anterior"] = "12,50"
    rows[121]["datos"]["motivo"] = "robo"
    rows[184]["datos"]["delta"] = 1.5
    rows[242]["datos"]["ancho"] = 0
    rows[300]["tipo"] = "precio_camiado"
    rows[355]["momento"], rows[356]["momento"] = rows[356]["momento"], rows[355]["momento"]
    rows[401]["sku"] = rows[402]["sku"] = "HOG-99999"
    rows[450]["id"] = rows[449]["id"]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines[500] = lines[500][:60]
    return "".join(line + "\n" for line in lines).encode()


def picture(width, height, number):
    """A picture of two colours in PNG."""
    palette = bytes((number * 37 % 256, 90, 160, 255, 255 - number * 11 % 256, 200))
    row = b"\0" + (b"\xff\x00" * width)[: (width + 7) // 8]
    pixels = b"".join(row if y // 8 % 2 else b"\0" + bytes((width + 7) // 8) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0))
            + chunk(b"PLTE", palette) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b""))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def ean(digits):
    text = f"{digits:012}"
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(text))
    return text + str(-total % 10)


def money(cents):
    """As people here write it: 1.234,50."""
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if ";" in cell or '"' in cell else cell


if __name__ == "__main__":
    sys.exit(main())
