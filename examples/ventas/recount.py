"""Counts the faults of the `ventas` example again, row by row, from the files alone.

An oracle for the engine: the `csv` module, one regular expression a type, exact decimals, plain loops. It restates the
rules of rules/ventas.yaml that it counts and does not read that file, so a change there is made here as well.
Run it through generate.py.
"""

import csv
import datetime
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
AS_OF = datetime.date(2025, 6, 30)

# What the example promises; problems() holds the files to it.
FACTS = {
    "productos: rows": 10,
    "clientes: rows": 20,
    "ventas: rows": 5_500,
    "ventas: rows with a bad cell": 93,
    "ventas: most bad cells in one row": 2,
    "ventas: usable rows": 5_407,
    "ventas: duplicate venta_id": 0,
    "ventas: cliente_id unknown": 0,
    "ventas: producto_id unknown": [11],
    "ventas: negative quantities": 0,
    "ventas: negative prices": 0,
    "ventas: dated after as_of": 1_479,
    "ventas: total is not cantidad * precio": 0,
    "inventario: rows": 5_000,
    "inventario: rows with a bad cell": 100,
    "inventario: most bad cells in one row": 2,
    "inventario: usable rows": 4_900,
    "inventario: producto_id unknown": 0,
    "inventario: negative stock": 0,
}

SEVERITIES = ["info", "warning", "error", "critical"]


class Bad:
    """A cell whose text does not read as the type of its column."""

    def __init__(self, text):
        self.text = text


def text(cell):
    return cell


def integer(cell):
    return int(cell) if re.fullmatch(r"[+-]?[0-9]+", cell) else Bad(cell)


def decimal(cell):
    return Decimal(cell) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell) else Bad(cell)


def boolean(cell):
    return {"sí": True, "no": False}.get(cell) if cell in ("sí", "no") else Bad(cell)


def iso_day(cell):
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", cell)
    return day(cell, *parts.groups()) if parts else Bad(cell)


def iso_or_spanish_day(cell):
    parts = re.fullmatch(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", cell)
    return day(cell, *reversed(parts.groups())) if parts else iso_day(cell)


def day(cell, year, month, date):
    try:
        return datetime.date(int(year), int(month), int(date))
    except ValueError:
        return Bad(cell)


TYPES = {
    "productos": {
        "producto_id": integer, "sku": text, "nombre": text, "categoria": text, "precio": decimal, "coste": decimal,
    },
    "clientes": {
        "cliente_id": integer, "tarjeta": text, "nombre": text, "email": text, "codigo_postal": text,
        "segmento": text, "alta": text, "publicidad": boolean,
    },
    "ventas": {
        "venta_id": integer, "fecha": iso_or_spanish_day, "cliente_id": integer, "producto_id": integer,
        "cantidad": integer, "precio": decimal, "total": decimal, "estado": text, "canal": text, "cupon": text,
    },
    "inventario": {
        "registro_id": integer, "producto_id": integer, "almacen": text, "fecha_recuento": iso_day, "stock": integer,
        "reservado": integer, "coste": decimal, "ubicacion": text,
    },
}
DELIMITERS = {"inventario": ";"}
NULLS = {"ventas": ["", "NA"]}


def load():
    """Every dataset as a list of rows; a cell is a value, None or Bad."""
    return {name: load_one(name, types) for name, types in TYPES.items()}


def load_one(name, types):
    with open(HERE / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file, delimiter=DELIMITERS.get(name, ","), strict=True)
    if header != list(types) or any(len(record) != len(header) for record in records):
        raise SystemExit(f"data/{name}.csv: not the columns {', '.join(types)} in every row")
    nulls = NULLS.get(name, [""])
    return [
        {column: None if cell in nulls else types[column](cell) for column, cell in zip(header, record)}
        for record in records
    ]


def bad_cells(row):
    return sum(isinstance(cell, Bad) for cell in row.values())


def with_values(rows, *columns):
    """The rows where all these columns have a value that reads."""
    return [row for row in rows if all(row[c] is not None and not isinstance(row[c], Bad) for c in columns)]


def problems():
    """Facts that do not hold, and an expected.json that is out of date."""
    found = facts(load())
    wrong = [f"{fact}: {found[fact]}, not {want}" for fact, want in FACTS.items() if found[fact] != want]
    path = HERE / "expected.json"
    if not path.is_file() or path.read_bytes() != expected_bytes():
        wrong.append("expected.json is out of date: generate.py --expected")
    return wrong


def facts(data):
    sales, stock = data["ventas"], data["inventario"]
    products = {row["producto_id"] for row in data["productos"]}
    customers = {row["cliente_id"] for row in data["clientes"]}
    bad_sales = sum(bad_cells(row) > 0 for row in sales)
    bad_stock = sum(bad_cells(row) > 0 for row in stock)
    sums = with_values(sales, "cantidad", "precio", "total")
    return {
        "productos: rows": len(data["productos"]),
        "clientes: rows": len(data["clientes"]),
        "ventas: rows": len(sales),
        "ventas: rows with a bad cell": bad_sales,
        "ventas: most bad cells in one row": max(map(bad_cells, sales)),
        "ventas: usable rows": len(sales) - bad_sales,
        "ventas: duplicate venta_id": len(sales) - len({row["venta_id"] for row in sales}),
        "ventas: cliente_id unknown": sum(row["cliente_id"] not in customers for row in sales),
        "ventas: producto_id unknown": sorted({row["producto_id"] for row in sales} - products),
        "ventas: negative quantities": sum(row["cantidad"] < 0 for row in with_values(sales, "cantidad")),
        "ventas: negative prices": sum(row["precio"] < 0 for row in with_values(sales, "precio")),
        "ventas: dated after as_of": sum(row["fecha"] > AS_OF for row in with_values(sales, "fecha")),
        "ventas: total is not cantidad * precio": sum(r["total"] != r["cantidad"] * r["precio"] for r in sums),
        "inventario: rows": len(stock),
        "inventario: rows with a bad cell": bad_stock,
        "inventario: most bad cells in one row": max(map(bad_cells, stock)),
        "inventario: usable rows": len(stock) - bad_stock,
        "inventario: producto_id unknown": sum(row["producto_id"] not in products for row in stock),
        "inventario: negative stock": sum(row["stock"] < 0 for row in with_values(stock, "stock")),
    }


def write_expected():
    (HERE / "expected.json").write_bytes(expected_bytes())


def expected_bytes():
    return (json.dumps(expected(load()), indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def expected(data):
    """What a report of the suite must say: all rules that fail, and some that hold."""
    rules = expected_rules(data)
    failed = [rule for rule in rules.values() if rule["status"] == "failed"]
    gating = [rule for rule in failed if SEVERITIES.index(rule["level"]) >= SEVERITIES.index("error")]
    return {
        "as_of": AS_OF.isoformat(),
        "exit_code": 1 if gating else 0,
        "counts": {"failed": len(failed), "gating": len(gating), "error": 0, "skipped": 1},
        "rules": rules,
        "datasets": {
            name: {"rows": len(rows), "rows_unparsed": sum(bad_cells(row) > 0 for row in rows)}
            for name, rows in data.items()
        },
    }


def expected_rules(data):
    products, customers, sales, stock = (data[n] for n in ("productos", "clientes", "ventas", "inventario"))
    known_products = {row["producto_id"] for row in products}
    known_customers = {row["cliente_id"] for row in customers}
    budget = [("warning", 0), ("error", Decimal("0.02"))]
    two_percent = [("warning", Decimal("0.02"))]
    return {
        "productos.producto_id.unique": unique(products, "producto_id"),
        "margen_positivo": count(products, lambda r: r["precio"] <= r["coste"], [("warning", 0)]),
        "clientes.tarjeta.unique": unique(customers, "tarjeta"),
        "clientes.email.format": count(with_values(customers, "email"), lambda r: "@" not in r["email"]),
        "clientes.email.not_null": count(
            customers, lambda r: r["email"] is None, [("warning", Decimal("0.2"))]
        ),
        "clientes.alta.format": count(with_values(customers, "alta"), lambda r: isinstance(iso_day(r["alta"]), Bad)),
        "empresa_con_email": count(
            [r for r in customers if r["segmento"] == "empresa"], lambda r: r["email"] is None
        ),
        "ventas.venta_id.unique": unique(sales, "venta_id"),
        "ventas.fecha.type": unreadable(sales, "fecha", two_percent),
        "ventas.fecha.not_in_future": count(
            with_values(sales, "fecha"), lambda r: r["fecha"] > AS_OF, [("warning", 0)]
        ),
        "ventas.fecha.not_null": count(sales, lambda r: r["fecha"] is None),
        "sin_ventas_antiguas": aggregate(with_values(sales, "fecha"), lambda rows: str(min(r["fecha"] for r in rows))),
        "ventas.cliente_id.foreign_key": count(
            with_values(sales, "cliente_id"), lambda r: r["cliente_id"] not in known_customers
        ),
        "ventas.producto_id.foreign_key": count(
            with_values(sales, "producto_id"), lambda r: r["producto_id"] not in known_products
        ),
        "ventas.cantidad.type": unreadable(sales, "cantidad", two_percent),
        "ventas.cantidad.between": count(with_values(sales, "cantidad"), lambda r: r["cantidad"] < 0),
        "ventas.cantidad.not_in_set": count(
            with_values(sales, "cantidad"), lambda r: r["cantidad"] == 0, [("warning", 0)]
        ),
        "cero_solo_si_devuelta": count(
            [r for r in with_values(sales, "cantidad") if r["estado"] != "devuelta"], lambda r: r["cantidad"] < 1
        ),
        "ventas.cantidad.max": aggregate(with_values(sales, "cantidad"), lambda rows: max(r["cantidad"] for r in rows)),
        "ventas.precio.type": unreadable(sales, "precio", two_percent),
        "ventas.precio.non_negative": count(with_values(sales, "precio"), lambda r: r["precio"] < 0),
        "ventas.total.type": unreadable(sales, "total", two_percent),
        "ventas.total.sum": aggregate(with_values(sales, "total"), lambda rows: str(sum(r["total"] for r in rows))),
        "ventas.cupon.matches": count(
            with_values(sales, "cupon"), lambda r: not re.search("^[A-Z]+[0-9]{2}$", r["cupon"])
        ),
        "ventas.cupon.is_null": count(
            [r for r in sales if r["canal"] != "web"], lambda r: r["cupon"] is not None, [("warning", 0)]
        ),
        "ventas.readable_rows": count(sales, lambda r: bad_cells(r) > 0, budget),
        "ventas_volumen_produccion": {"status": "skipped", "level": None},
        "total_cuadra": count(
            with_values(sales, "cantidad", "precio", "total"),
            lambda r: r["total"] != r["cantidad"] * r["precio"],
            [("critical", 0)],
        ),
        "total_no_menor_que_precio": count(
            [r for r in with_values(sales, "cantidad", "total", "precio") if r["cantidad"] > 0],
            lambda r: r["total"] < r["precio"],
        ),
        "inventario.producto_id.foreign_key": count(
            with_values(stock, "producto_id"), lambda r: r["producto_id"] not in known_products
        ),
        "inventario.fecha_recuento.type": unreadable(stock, "fecha_recuento", two_percent),
        "inventario.fecha_recuento.not_in_future": count(
            with_values(stock, "fecha_recuento"), lambda r: r["fecha_recuento"] > AS_OF
        ),
        "inventario.stock.type": unreadable(stock, "stock", two_percent),
        "inventario.stock.non_negative": count(with_values(stock, "stock"), lambda r: r["stock"] < 0),
        "inventario.coste.type": unreadable(stock, "coste", two_percent),
        "inventario.ubicacion.not_null": count(
            stock, lambda r: r["ubicacion"] is None, [("info", Decimal("0.1"))]
        ),
        "inventario.readable_rows": count(stock, lambda r: bad_cells(r) > 0, budget),
        "un_recuento_por_dia": unique(stock, "producto_id", "almacen", "fecha_recuento"),
        "reservado_en_stock": count(
            with_values(stock, "reservado", "stock"), lambda r: r["reservado"] > r["stock"]
        ),
    }


def count(rows, breaks, limits=(("error", 0),)):
    """The outcome of a rule about rows; a limit is exceeded by more than its count (int) or share (Decimal)."""
    return verdict(len(rows), sum(1 for row in rows if breaks(row)), limits)


def unique(rows, *columns):
    keys = [tuple(row[c] for c in columns) for row in with_values(rows, *columns)]
    times = Counter(keys)
    return verdict(len(keys), sum(times[key] > 1 for key in keys), [("error", 0)])


def unreadable(rows, column, limits):
    return count([row for row in rows if row[column] is not None], lambda r: isinstance(r[column], Bad), limits)


def verdict(evaluated, violations, limits):
    exceeded = [
        level
        for level, limit in limits
        if violations > (limit * evaluated if isinstance(limit, Decimal) else limit)
    ]
    level = max(exceeded, key=SEVERITIES.index) if exceeded else None
    status = "failed" if level else "passed"
    return {"status": status, "level": level, "violations": violations, "evaluated": evaluated}


def aggregate(rows, fold):
    """The outcome of an aggregate that holds: the bounds are far away, only the number is of interest."""
    return {"status": "passed", "level": None, "violations": None, "evaluated": len(rows), "observed": fold(rows)}
