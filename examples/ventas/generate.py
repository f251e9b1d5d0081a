#!/usr/bin/env python3
"""Makes the data of the `ventas` example, and counts its planted faults again.

    python3 examples/ventas/generate.py             write data/*.csv
    python3 examples/ventas/generate.py --expected  write expected.json from the files on disk
    python3 examples/ventas/generate.py --check     fail unless files, facts and expected.json agree

Needs Python 3.9 and its standard library. The bytes are the same on every machine: one seed, no clock, and only
`random()` is drawn from, whose sequence Python keeps from version to version. The counting lives in recount.py and
shares no code with this file.
"""

import argparse
import csv
import datetime
import io
import random
import sys
from pathlib import Path

import recount

DATA = Path(__file__).resolve().parent / "data"
SEED = 20250630
AS_OF = datetime.date(2025, 6, 30)

# The planted faults. recount.FACTS states what they must add up to.
SALES = 5_500
FUTURE_SALES = 1_479
RETURNED_SALES = 118
ORPHAN_SALES = 57
# How many rows get a bad cell in exactly these columns.
BAD_SALES = [
    (("cantidad",), 30),
    (("precio",), 28),
    (("fecha",), 21),
    (("total",), 4),
    (("precio", "total"), 6),
    (("cantidad", "total"), 4),
]
BAD_STOCK = [
    (("stock",), 36),
    (("coste",), 30),
    (("stock", "coste"), 12),
]
BAD_STOCK_DAYS = 22

# A comma stands for the cell's own value with a decimal comma.
JUNK = {
    "cantidad": ["N/D", "abc", "2.0", "1,5", "dos", "3 uds", "#N/D"],
    "precio": [",", ",", "N/D", "abc", "19.90 €", "1.299,00", "1e2", "gratis"],
    "total": ["#REF!", ",", "N/D"],
    "fecha": ["2025-13-45", "31/02/2025", "N/D", "2025/03/14", "14/03/25", "29/02/2025", "2025-06-31", "ayer"],
    "stock": ["N/D", "abc", "12.0", "~40", "sin recuento", "1.250", "?"],
    "coste": [",", "N/D", "abc", "4.20 €", "--"],
    "fecha_recuento": ["2025-13-45", "2025-04-31", "31/02/2025", "N/D", "2025-5-7"],
}

# producto_id, sku, nombre, categoria, precio and coste in cents. Product 11 is sold but missing.
PRODUCTS = [
    (1, "ALI-0001", "Jamón ibérico de bellota, sobre de 100 g", "alimentación", 1290, 815),
    (2, "ALI-0002", "Aceite de oliva virgen extra, 5 l", "alimentación", 4495, 3120),
    (3, "ALI-0003", "Turrón de Jijona", "alimentación", 895, 460),
    (4, "BEB-0001", "Vino de Rioja, crianza, 75 cl", "bebidas", 1150, 640),
    (5, "BEB-0002", "Agua mineral 6 × 1,5 l", "bebidas", 372, 190),
    (6, "HOG-0001", 'Cafetera "Moka" para seis tazas', "hogar", 2499, 1380),
    (7, "HOG-0002", "Paellera esmaltada de 46 cm", "hogar", 1999, 990),
    (8, "HOG-0003", "Manta de lana de Ezcaray", "hogar", 11900, 7150),
    (9, "PAP-0001", "Cuaderno A5 de 96 hojas, cuadrícula", "papelería", 349, 118),
    (10, "PAP-0002", "Pluma estilográfica «Ñandú»", "papelería", 3250, 1605),
]
MISSING_PRODUCT = (11, 2795)

# nombre, codigo_postal, segmento
CUSTOMERS = [
    ("María José Núñez", "28013", "particular"),
    ("Iñaki Etxeberria", "20001", "particular"),
    ("Bodegas Peñalba, S.L.", "26001", "empresa"),
    ("Àngels Puigdomènech", "08001", "particular"),
    ("José Antonio Fernández", "33003", "particular"),
    ("Restaurante El Rincón, C.B.", "11002", "empresa"),
    ("Begoña Ibáñez", "48009", "particular"),
    ("Xoán Castiñeira", "15001", "particular"),
    ("Lucía Güell", "07001", "particular"),
    ("Óscar Muñoz", "47001", "particular"),
    ("Hotel Peñíscola, S.A.", "12598", "empresa"),
    ("Concepción de la Peña", "18009", "particular"),
    ("Ramón Avilés", "30001", "particular"),
    ("Nuria Sánchez", "50003", "particular"),
    ("Librería Cervantes, S.L.", "37001", "empresa"),
    ("Andrés Yáñez", "38003", "particular"),
    ("Inés Carreño", "06001", "particular"),
    ("Julián Báez", "41001", "particular"),
    ("Teresa Ordóñez", "46002", "particular"),
    ("Álvaro Quiñones", "02001", "particular"),
]
CUSTOMERS_WITHOUT_EMAIL = {8, 13, 17}

WAREHOUSES = ["Madrid", "Barcelona", "Sevilla", "Bilbao", "A Coruña"]
COUNTING_DAYS = 100
COUPONS = [("VERANO10", 10), ("BIENVENIDA05", 5), ("NAVIDAD15", 15)]


def main():
    parser = argparse.ArgumentParser(description="Makes the data of the ventas example, or checks it.")
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
    DATA.mkdir(exist_ok=True)
    for name, text in files.items():
        (DATA / name).write_bytes(text.encode("utf-8"))
    return 0


def same(path, text):
    return path.is_file() and path.read_bytes() == text.encode("utf-8")


def generate():
    """Every file by its name; each has a stream of its own, so that a change in one leaves the others alone."""
    return {
        "productos.csv": productos(),
        "clientes.csv": clientes(Draw(SEED + 1)),
        "ventas.csv": ventas(Draw(SEED + 2)),
        "inventario.csv": inventario(Draw(SEED + 3)),
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


def productos():
    header = ["producto_id", "sku", "nombre", "categoria", "precio", "coste"]
    rows = [[*p[:4], money(p[4]), money(p[5])] for p in PRODUCTS]
    return to_csv(header, rows)


def clientes(draw):
    header = ["cliente_id", "tarjeta", "nombre", "email", "codigo_postal", "segmento", "alta", "publicidad"]
    rows = []
    for number, (name, postcode, segment) in enumerate(CUSTOMERS, start=1):
        email = "" if number in CUSTOMERS_WITHOUT_EMAIL else f"cliente{number:02}@correo.example"
        joined = datetime.date(2021, 4, 1) + datetime.timedelta(days=draw.below(1_200))
        mail = "sí" if email and draw.chance(60) else "no"
        rows.append([number, uuid(draw), name, email, postcode, segment, joined.isoformat(), mail])
    return to_csv(header, rows)


def ventas(draw):
    header = [
        "venta_id", "fecha", "cliente_id", "producto_id", "cantidad",
        "precio", "total", "estado", "canal", "cupon",
    ]
    bad = plan(draw, range(SALES), BAD_SALES)
    dated = [i for i in range(SALES) if "fecha" not in bad.get(i, ())]
    future = set(draw.some(dated, FUTURE_SALES))
    ordinary = [i for i in range(SALES) if i not in future and i not in bad]
    returned = set(draw.some(ordinary, RETURNED_SALES))
    orphans = set(draw.some(range(SALES), ORPHAN_SALES))
    junk = Junk(draw)
    rows = []
    for i in range(SALES):
        product, price = MISSING_PRODUCT if i in orphans else draw.one_of([(p[0], p[4]) for p in PRODUCTS])
        # A scheduled order carries the day of its delivery; it is never made over the counter.
        channels = ["web", "web", "web", "teléfono"] if i in future else ["tienda", "tienda", "web", "teléfono"]
        channel = draw.one_of(channels)
        coupon, discount = draw.one_of(COUPONS) if channel == "web" and draw.chance(18) else ("", 0)
        if channel == "tienda" and draw.chance(8):
            coupon = "NA"
        price = price * (100 - discount) // 100
        quantity = 0 if i in returned else draw.one_of([1, 1, 1, 1, 2, 2, 2, 3, 4, 6, 12])
        row = {
            "venta_id": 100_001 + i,
            "fecha": written(sale_day(draw, i, i in future), channel, draw),
            "cliente_id": 1 + draw.below(len(CUSTOMERS)),
            "producto_id": product,
            "cantidad": quantity,
            "precio": money(price),
            "total": money(quantity * price),
            "estado": sale_state(draw, i in future, i in returned),
            "canal": channel,
            "cupon": coupon,
        }
        for column in bad.get(i, ()):
            row[column] = junk.instead_of(row[column], column)
        rows.append([row[column] for column in header])
    return to_csv(header, rows)


def sale_day(draw, i, future):
    """Sales are numbered as they were made, from 2024-07-01 to the day of `as_of`, which is not the future."""
    if future:
        return AS_OF + datetime.timedelta(days=1 + draw.below(92))
    return datetime.date(2024, 7, 1) + datetime.timedelta(days=i * 364 // (SALES - 1))


def sale_state(draw, future, returned):
    if returned:
        return "devuelta"
    if future:
        return "pendiente"
    return draw.one_of(["completada"] * 17 + ["pendiente", "anulada", "anulada"])


def written(day, channel, draw):
    """The tills write 31/12/2024, the web shop 2024-12-31, the call centre either."""
    tills = channel == "tienda" or (channel == "teléfono" and draw.chance(50))
    return f"{day.day:02}/{day.month:02}/{day.year}" if tills else day.isoformat()


def inventario(draw):
    header = ["registro_id", "producto_id", "almacen", "fecha_recuento", "stock", "reservado", "coste", "ubicacion"]
    shelves = [(p, warehouse) for p in PRODUCTS for warehouse in WAREHOUSES]
    total = len(shelves) * COUNTING_DAYS
    # At most one unreadable day a shelf: the key stays unique even for a reader that takes such a day for null.
    bad = {
        shelf + len(shelves) * draw.below(COUNTING_DAYS): ("fecha_recuento",)
        for shelf in draw.some(range(len(shelves)), BAD_STOCK_DAYS)
    }
    bad.update(plan(draw, [i for i in range(total) if i not in bad], BAD_STOCK))
    junk = Junk(draw)
    rows = []
    first = AS_OF - datetime.timedelta(days=COUNTING_DAYS - 1)
    for i in range(total):
        product, warehouse = shelves[i % len(shelves)]
        stock = draw.below(400)
        row = {
            "registro_id": 1 + i,
            "producto_id": product[0],
            "almacen": warehouse,
            "fecha_recuento": (first + datetime.timedelta(days=i // len(shelves))).isoformat(),
            "stock": stock,
            "reservado": draw.below(min(stock, 40) + 1),
            "coste": money(product[5]),
            "ubicacion": "" if draw.chance(6) else f"{draw.one_of('ABCD')}-{1 + draw.below(24):02}-{1 + draw.below(5)}",
        }
        for column in bad.get(i, ()):
            row[column] = junk.instead_of(row[column], column)
        rows.append([row[column] for column in header])
    return to_csv(header, rows, delimiter=";")


def plan(draw, rows, shares):
    """Which columns are bad in which of these rows."""
    columns = [names for names, count in shares for _ in range(count)]
    return dict(zip(draw.some(rows, len(columns)), columns))


class Junk:
    """Text that does not read as the type of its column, each kind of it in turn."""

    def __init__(self, draw):
        self.next = {column: draw.below(len(kinds)) for column, kinds in JUNK.items()}

    def instead_of(self, value, column):
        kinds = JUNK[column]
        text = kinds[self.next[column] % len(kinds)]
        self.next[column] += 1
        return str(value).replace(".", ",") if text == "," else text


def uuid(draw):
    """A random UUID, version 4."""
    digits = "".join("0123456789abcdef"[draw.below(16)] for _ in range(32))
    digits = digits[:12] + "4" + digits[13:16] + "89ab"[draw.below(4)] + digits[17:]
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def money(cents):
    return f"{cents // 100}.{cents % 100:02}"


def to_csv(header, rows, delimiter=","):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
