#!/bin/sh
# Loads the CSV files of data/ into a database of SQLite, with its keys and indexes: examples/ventas/load.sh [ventas.db]
# The database is made anew. Needs python3 alone (its own sqlite3 module); no sqlite3 program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec python3 - "$here/data" "${1:-$here/ventas.db}" <<'PYTHON'
import csv
import os
import sqlite3
import sys

SCHEMA = """
CREATE TABLE productos (
    producto_id INTEGER PRIMARY KEY,
    sku         TEXT NOT NULL UNIQUE,
    nombre      TEXT NOT NULL,
    categoria   TEXT NOT NULL,
    precio      DECIMAL(10, 2) NOT NULL,
    coste       DECIMAL(10, 2) NOT NULL
);
CREATE TABLE clientes (
    cliente_id    INTEGER PRIMARY KEY,
    tarjeta       TEXT NOT NULL UNIQUE,
    nombre        TEXT NOT NULL,
    email         TEXT,
    codigo_postal TEXT NOT NULL,
    segmento      TEXT NOT NULL,
    alta          DATE NOT NULL,
    publicidad    BOOLEAN NOT NULL
);
CREATE TABLE ventas (
    venta_id    INTEGER PRIMARY KEY,
    fecha       DATE,
    cliente_id  INTEGER NOT NULL REFERENCES clientes (cliente_id),
    producto_id INTEGER NOT NULL REFERENCES productos (producto_id),
    cantidad    INTEGER,
    precio      DECIMAL(10, 2),
    total       DECIMAL(10, 2),
    estado      TEXT NOT NULL,
    canal       TEXT NOT NULL,
    cupon       TEXT
);
CREATE TABLE inventario (
    registro_id    INTEGER PRIMARY KEY,
    producto_id    INTEGER NOT NULL REFERENCES productos (producto_id),
    almacen        TEXT NOT NULL,
    fecha_recuento DATE,
    stock          INTEGER,
    reservado      INTEGER NOT NULL,
    coste          DECIMAL(10, 2),
    ubicacion      TEXT
);
CREATE INDEX ventas_cliente ON ventas (cliente_id);
CREATE INDEX ventas_producto ON ventas (producto_id);
CREATE INDEX ventas_fecha ON ventas (fecha);
CREATE UNIQUE INDEX inventario_recuento ON inventario (producto_id, almacen, fecha_recuento, registro_id);
CREATE VIEW ventas_por_canal AS SELECT canal, count(*) AS lineas FROM ventas GROUP BY canal;
"""

# The separator of each file, in the order in which references lead back.
FILES = {"productos": ",", "clientes": ",", "ventas": ",", "inventario": ";"}


def value(column, text):
    """A field as it is loaded: no text is no value, and neither is the NA of the web shop."""
    if text == "" or (column == "cupon" and text == "NA"):
        return None
    if column == "publicidad":
        return {"sí": 1, "no": 0}.get(text, text)
    return text


folder, path = sys.argv[1:]
if os.path.exists(path):
    os.remove(path)
database = sqlite3.connect(path)
# SQLite declares references and, unless asked to, does not enforce them: product 11 goes in.
database.executescript(SCHEMA)
for table, separator in FILES.items():
    with open(os.path.join(folder, table + ".csv"), encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=separator)
        columns = next(rows)
        places = ", ".join("?" for _ in columns)
        loaded = ([value(column, text) for column, text in zip(columns, row)] for row in rows)
        database.executemany("INSERT INTO %s (%s) VALUES (%s)" % (table, ", ".join(columns), places), loaded)
database.commit()
database.close()
PYTHON
