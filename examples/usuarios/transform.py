#!/usr/bin/env python3
"""Takes the valid users apart into three tables, a line of JSON each row: usuarios, direcciones and empresas.

    python3 transform.py VALID.ndjson FOLDER
"""

import json
import sys
from pathlib import Path


def main(valid, folder):
    users = [json.loads(line) for line in Path(valid).read_text(encoding="utf-8").splitlines()]
    companies = {user["company"]["id"]: user["company"] for user in users}
    tables = {
        "usuarios": [
            {"id": user["id"], "nombre": user["name"], "usuario": user["username"], "email": user["email"],
             "telefono": user["phone"], "alta": user["registered_at"], "empresa_id": user["company"]["id"]}
            for user in users
        ],
        "direcciones": [
            {"usuario_id": user["id"], "calle": user["address"]["street"], "ciudad": user["address"]["city"],
             "cp": user["address"]["zipcode"], "lat": user["address"]["geo"]["lat"], "lng": user["address"]["geo"]["lng"]}
            for user in users
        ],
        "empresas": [
            {"id": id_, "nombre": company["name"], "sector": company["sector"]} for id_, company in sorted(companies.items())
        ],
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
