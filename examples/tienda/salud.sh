#!/bin/sh
# ¿Está sano todo? El servidor, la historia del equipo, y si alguien ha comprobado la tienda hace poco.
#   salud.sh URL [HORAS]      TIENDA_TOKEN es el token del servidor
# 0 si lo está; 1 si no, y dice qué falta. Para un vigilante: cron, Nagios, la sonda de un contenedor.
set -eu
url=$1
hours=${2:-26}
ask() { curl -fsS --max-time 10 -H "Authorization: Bearer $TIENDA_TOKEN" "$url$1"; }

curl -fsS --max-time 10 "$url/healthz" > /dev/null || { echo "el servidor no contesta" >&2; exit 1; }
ask /readyz > /dev/null || { echo "el servidor no llega a la historia del equipo" >&2; exit 1; }
since=$(date -u -d "-$hours hours" +%Y-%m-%dT%H:%M:%SZ)
for suite in tienda eventos; do
    case $(ask "/api/runs?suite=$suite&since=$since&limit=1") in
        *'"runs":[]'*) echo "nadie ha comprobado $suite en $hours horas" >&2; exit 1 ;;
    esac
done
echo "todo está sano"
