"""A mail server that asks for TLS and for a password, and reads letters by the parser of Python, for the tests.

    mail.py FOLDER --install  installs its packages in FOLDER only
    mail.py FOLDER SCRATCH    installs its packages in FOLDER, writes the certificate of its maker to SCRATCH/ca.pem, answers a
                              line with its port, and then a line of JSON for each letter that it takes
"""

import asyncio
import email.policy
import json
import ssl
import sys
from email import message_from_bytes
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from install import install  # noqa: E402

PACKAGES = ["aiosmtpd==1.4.6", "trustme==1.2.1"]


class Handler:
    async def handle_DATA(self, _server, session, envelope):
        letter = message_from_bytes(envelope.original_content, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "defects": [str(defect) for part in letter.walk() for defect in part.defects],
            "text": letter.get_body(("plain",)).get_content(),
            "html": letter.get_body(("html",)).get_content(),
        }
        print(json.dumps(told), flush=True)
        return "250 taken"


def serve(scratch: Path) -> None:
    import trustme
    from aiosmtpd.smtp import SMTP, AuthResult

    authority = trustme.CA()
    authority.cert_pem.write_to_path(scratch / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    def authenticate(_server, _session, _envelope, _mechanism, data):
        right = (data.login, data.password) == (b"tamiz", b"s3cret-of-mail")
        return AuthResult(success=right, auth_data=data.login.decode() if right else None)

    def session():
        return SMTP(
            Handler(), tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate, hostname="here"
        )

    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(session, "localhost", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(listen())


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    install(target, PACKAGES)
    sys.path.insert(0, str(target))
    if "--install" not in sys.argv:
        serve(Path(sys.argv[2]))
