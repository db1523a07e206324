"""The end of a request's time: a socket's own limit begins anew with every byte, so a server that drips would never be late."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading


class Deadline:
    """Shuts the socket of a connection down when the time is over; what reads from it fails then, and `over` tells why.

    Args:
        connection: that is open.
        seconds: from now on.
    """

    def __init__(self, connection: http.client.HTTPConnection, seconds: float) -> None:
        self.over = False
        self._socket = connection.sock  # the connection itself gives it away where the server says that it will close
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.over = True
        # Not the method of a TLS socket, which takes its state away under the feet of who reads.
        with contextlib.suppress(OSError, ValueError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def end(self) -> None:
        """The request is over before its time is."""
        self._timer.cancel()
