"""What the guard does to a whole examination is seen in `test_own` and `test_external`."""

import os
import socket

import pytest

from rigprov.verify.host.guard import reader_gone


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_nobody_reads_any_more(kind: str) -> None:
    if kind == "pipe":
        reading, writing = os.pipe()
    else:
        reading, writing = (end.detach() for end in socket.socketpair())
    try:
        assert not reader_gone(writing)
        os.close(reading)
        assert reader_gone(writing)
    finally:
        os.close(writing)


def test_a_file_is_always_there() -> None:
    with open(os.devnull, "w") as file:  # noqa: PTH123
        assert not reader_gone(file.fileno())
