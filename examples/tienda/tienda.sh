#!/bin/sh
# La noche de la tienda: las tablas donde están y los mensajes del día, con la historia en la misma base de datos.
#   tienda.sh BASE [CARPETA]      BASE es la URL de la base de datos; TAMIZ dice cuál es el programa, si no está en el camino
# Acaba como acabe el control: 0 si todo está bien, 1 si hay fallos, otro número si no se pudo comprobar.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tamiz=${TAMIZ:-tamiz}
base=$1
out=${2:-$here/salida}
mkdir -p "$out"

TIENDA_BASE=$base
TIENDA_HISTORIA=${TIENDA_HISTORIA:-$base}
export TIENDA_BASE TIENDA_HISTORIA
check() { "$tamiz" check "$@" --config "$here/tamiz.yaml" --reports "$out/reports" --lang es; }
code=0
check "$here/tienda.yaml" || code=$?
check "$here/eventos.yaml" || { mine=$?; [ "$mine" -le "$code" ] || code=$mine; }
exit "$code"
