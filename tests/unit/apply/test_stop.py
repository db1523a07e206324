import os
import signal
import subprocess
import sys

from rigprov.apply.stop import Stop


def test_nothing_happens_without_a_signal() -> None:
    with Stop() as stop:
        stop.pid = os.getpid()  # would be interrupted if it asked
        assert not stop()


def test_ansible_is_asked_first_and_killed_at_the_second_signal() -> None:
    # Where the tests themselves run in the background of a shell, SIGINT is ignored and children inherit that.
    program = "import signal, time; signal.signal(2, signal.default_int_handler); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it is up
    with Stop() as stop:
        stop.pid = process.pid
        os.kill(os.getpid(), signal.SIGTERM)
        assert not stop()
        assert process.wait(10) == -signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
    process.stdout.close()


def test_before_ansible_has_spoken_there_is_nobody_to_ask() -> None:
    with Stop() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stop():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
