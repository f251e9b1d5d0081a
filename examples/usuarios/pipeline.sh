#!/bin/sh
# From the answer of the API to the database, stopping for nothing but what would spoil it:
#   pipeline.sh [ANSWER_FOLDER [OUTPUT_FOLDER]]      TAMIZ names the program, if it is not on the path
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/data} out=${2:-$here/salida} tamiz=${TAMIZ:-tamiz}
mkdir -p "$out"

# 1. What is wrong with a user goes to a file with its reasons, and the others go on: exit code 1 says that there were some.
code=0
"$tamiz" check "$here/usuarios.yaml" --var "data=$data" --reports "$out/reports" --quarantine "$out/apartados" --quiet || code=$?
[ "$code" -le 1 ] || exit "$code"

# 2. The valid ones become three tables.
valid=$(find "$out/apartados" -name 'valid.ndjson')
python3 "$here/transform.py" "$valid" "$out"

# 3. Nothing is loaded that the checks of the output refuse.
"$tamiz" check "$here/salida.yaml" --var "salida=$out" --reports "$out/reports" --quiet

# 4. Into the database, and the database is checked too: its structure and its rows.
python3 "$here/load.py" "$out" "$out/usuarios.sqlite"
"$tamiz" check "$here/carga.yaml" --var "salida=$out" --reports "$out/reports" --quiet
