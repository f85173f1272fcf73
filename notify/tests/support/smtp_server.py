"""An SMTP server for tests. Prints its port, then one JSON line for each accepted mail.

usage: smtp_server.py SITE_PACKAGES [--starttls CERT KEY] [--tls CERT KEY] [--auth] [--port N]
Recipients unknown@ are refused (550), busy@ are postponed (451), slow@ get no answer.
"""
import argparse, asyncio, base64, json, ssl, sys

sys.path.insert(0, sys.argv.pop(1))
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword  # noqa: E402


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "unknown":
            return "550 5.1.1 no such mailbox"
        if name == "busy":
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("slow@"):
            await asyncio.sleep(3600)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "bytes": base64.b64encode(envelope.original_content).decode(),
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }
        print(json.dumps(mail), flush=True)
        return "250 accepted"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"guichet" and data.password == b"right"
    return AuthResult(success=good, handled=False, auth_data=data)


def context(files):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*files)
    return made


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--starttls", nargs=2)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()

    def protocol():
        return SMTP(
            Handler(),
            enable_SMTPUTF8=True,
            hostname="mail.example",
            tls_context=context(options.starttls) if options.starttls else None,
            require_starttls=bool(options.starttls),
            authenticator=authenticate if options.auth else None,
            auth_required=options.auth,
            auth_require_tls=False,
        )

    over = context(options.tls) if options.tls else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", options.port, ssl=over)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
