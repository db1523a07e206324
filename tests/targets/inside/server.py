"""Runs in an Ubuntu-shaped throw-away machine: serves the stand-in repositories to that machine alone, by HTTP and HTTPS."""

import os
import socket
import ssl
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

FOLDER = "/srv/stand-in"


class Handler(SimpleHTTPRequestHandler):
    """Files below a link that says which time it is; every answer says what it is."""

    server_version = "rigprov-test-stand-in"
    protocol_version = "HTTP/1.1"


def main() -> None:
    """Serve until the machine ends."""
    answer = partial(Handler, directory=f"{FOLDER}/site")
    plain, secure = (ThreadingHTTPServer(("127.0.0.1", port), answer) for port in (80, 443))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/keys/site.pem", f"{FOLDER}/keys/site.key")
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    secure.serve_forever()


if __name__ == "__main__":
    main()
