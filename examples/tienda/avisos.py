#!/usr/bin/env python3
"""Un receptor de avisos en esta máquina: escribe una línea por cada uno.   avisos.py [PUERTO]

Comprueba que cada aviso esté entero y contesta 204. Solo la biblioteca estándar de Python 3.9.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receptor(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            aviso = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        except ValueError:
            self.send_error(400)
            return
        print(json.dumps(aviso, ensure_ascii=False), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    puerto = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    servidor = ThreadingHTTPServer(("127.0.0.1", puerto), Receptor)
    print(f"escuchando en http://127.0.0.1:{servidor.server_port}/", file=sys.stderr, flush=True)
    servidor.serve_forever()
