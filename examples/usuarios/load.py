#!/usr/bin/env python3
"""Loads the three files of JSON lines into a SQLite database, all or nothing.

    python3 load.py FOLDER DATABASE
"""

import json
import sqlite3
import sys
from pathlib import Path

TABLES = {
    "empresas": """CREATE TABLE empresas (
        id INTEGER PRIMARY KEY, nombre TEXT NOT NULL, sector TEXT NOT NULL)""",
    "usuarios": """CREATE TABLE usuarios (
        id INTEGER PRIMARY KEY, nombre TEXT NOT NULL, usuario TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
        telefono TEXT, alta TIMESTAMP NOT NULL, empresa_id INTEGER NOT NULL REFERENCES empresas (id))""",
    "direcciones": """CREATE TABLE direcciones (
        usuario_id INTEGER PRIMARY KEY REFERENCES usuarios (id), calle TEXT NOT NULL, ciudad TEXT NOT NULL, cp TEXT,
        lat REAL NOT NULL, lng REAL NOT NULL)""",
}


def main(folder, database):
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA foreign_keys = ON")
    with connection:
        for name, table in TABLES.items():
            connection.execute(table)
            lines = (Path(folder) / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
            rows = [json.loads(line) for line in lines]
            columns = list(rows[0])
            marks = ", ".join(f":{column}" for column in columns)
            connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", rows)
        connection.execute("CREATE UNIQUE INDEX usuarios_email ON usuarios (email)")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
