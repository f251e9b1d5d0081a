"""Counts the faults of the `tienda` example again, from the files alone.

An oracle for the engine: the `csv` and `json` modules and plain loops. It restates the rules of tienda.yaml and eventos.yaml
and does not read them, so a change there is made here as well. Run it through generate.py.
"""

import csv
import json
import re
from collections import Counter
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
NOW = "2025-06-29T22:00:00Z"  # midnight in Madrid


def rows(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def repeated(values):
    """How many rows have a value that another one has, too."""
    values = [value for value in values if value != ""]
    times = Counter(values)
    return sum(times[value] > 1 for value in values)


def tables():
    users, brands, products, carts, lines = (rows(name) for name in ("usuarios", "marcas", "productos", "carritos", "lineas"))
    ids = lambda table: {row["id"] for row in table}
    count = lambda table, test: sum(bool(test(row)) for row in table)
    return {
        "usuarios.id.unique": repeated(row["id"] for row in users),
        "usuarios.email.unique": repeated(row["email"] for row in users),
        "usuarios.email.format": count(users, lambda row: not re.fullmatch(r"[^@\s()]+@[^@\s]+\.[a-z]+", row["email"])),
        "usuarios.nombre.not_blank": count(users, lambda row: not row["nombre"].strip()),
        "usuarios.estado.in_set": count(users, lambda row: row["estado"] not in ("activo", "inactivo", "bloqueado")),
        "usuarios.alta.not_in_future": count(users, lambda row: row["alta"] > NOW),
        "marcas.nombre.unique": repeated(row["nombre"] for row in brands),
        "marcas.pais.matches": count(brands, lambda row: not re.fullmatch("[A-Z]{2}", row["pais"])),
        "productos.sku.unique": repeated(row["sku"] for row in products),
        "productos.sku.matches": count(products, lambda row: not re.fullmatch(r"[A-Z]{2}-\d{4}", row["sku"])),
        "productos.marca_id.foreign_key": count(products, lambda row: row["marca_id"] not in ids(brands)),
        "productos.precio.positive": count(products, lambda row: float(row["precio"]) <= 0),
        "productos.stock.non_negative": count(products, lambda row: int(row["stock"]) < 0),
        "carritos.usuario_id.foreign_key": count(carts, lambda row: row["usuario_id"] not in ids(users)),
        "carritos.estado.in_set": count(carts, lambda row: row["estado"] not in ("abierto", "pagado", "abandonado")),
        "carritos.creado.not_in_future": count(carts, lambda row: row["creado"] > NOW),
        "pagado_despues": count(carts, lambda row: row["pagado"] and row["creado"] > row["pagado"]),
        "pagado_tiene_fecha": count(carts, lambda row: row["estado"] == "pagado" and not row["pagado"]),
        "lineas.carrito_id.foreign_key": count(lines, lambda row: row["carrito_id"] not in ids(carts)),
        "lineas.producto_id.foreign_key": count(lines, lambda row: row["producto_id"] not in ids(products)),
        "lineas.cantidad.between": count(lines, lambda row: not 1 <= int(row["cantidad"]) <= 99),
        "un_producto_por_linea": repeated((row["carrito_id"], row["producto_id"]) for row in lines),
    }


def is_event(row):
    if set(row) != {"type", "data", "timestamp", "version"} or row["version"] not in (1, 2) or not isinstance(row["data"], dict):
        return False
    data, whole = row["data"], lambda value: isinstance(value, int) and not isinstance(value, bool)
    if row["type"] == "usuario.creado":
        return set(data) == {"usuario_id", "email"} and whole(data["usuario_id"]) and data["usuario_id"] >= 1 and "@" in data["email"]
    if row["type"] == "carrito.pagado":
        return set(data) == {"carrito_id", "importe"} and whole(data["carrito_id"]) and data["importe"] > 0
    if row["type"] == "stock.cambiado":
        return set(data) == {"producto_id", "delta"} and whole(data["producto_id"]) and whole(data["delta"]) and data["delta"] != 0
    return True


def messages():
    read = [json.loads(line) for line in (DATA / "eventos.ndjson").read_text(encoding="utf-8").splitlines()]
    kinds = ("usuario.creado", "carrito.pagado", "stock.cambiado")
    moments = [row["timestamp"] for row in read]
    return {
        "contrato": sum(not is_event(row) for row in read),
        "eventos.type.in_set": sum(row["type"] not in kinds for row in read),
        "eventos.version.not_null": sum(row.get("version") is None for row in read),
        "eventos.version.in_set": sum(row.get("version") not in (1, 2, None) for row in read),
        "eventos.timestamp.not_in_future": sum(moment > NOW for moment in moments),
        "eventos.timestamp.increasing": sum(later <= earlier for earlier, later in zip(moments, moments[1:])),
    }


def expected_text():
    return json.dumps({"exit_code": 1, "tienda": tables(), "eventos": messages()}, indent=1) + "\n"
