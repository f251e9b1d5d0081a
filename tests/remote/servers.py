"""A server that speaks S3, on this machine, for the tests: moto of PyPI.

    servers.py FOLDER      installs it there once, serves until standard input ends, and says its address first
"""

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from install import install  # noqa: E402

# Without the extra `server`, which brings what other services need.
PACKAGES = ["moto==5.2.5", "flask==3.1.2", "flask-cors==6.0.1", "PyYAML", "py-partiql-parser"]


def serve() -> None:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"{host}:{port}", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    install(target, PACKAGES)
    if "--install" not in sys.argv:
        sys.path.insert(0, str(target))
        serve()
