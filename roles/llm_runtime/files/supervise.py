"""Starts, watches and stops the language model server on a machine without systemd. Runs as root.

    supervise.py start|stop|restart|status|state USER [GROUP...]

A lock on the pid file is what says that the supervisor runs: the kernel drops it when the process ends, so a stale
number is never taken for ours, and nothing but the holder of the lock is ever signalled.
"""

import fcntl
import grp
import logging
import logging.handlers
import os
import pwd
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PIDFILE = "/run/rigprov-llm.pid"
STATE = "/run/rigprov-llm.state"
RUNTIME = "/run/rigprov-llm"
LOG = "/var/log/rigprov-llm.log"
LOG_BYTES = 5 * 1024 * 1024  # and one older file of the same size
STOP_S = 20
LONGEST_PAUSE_S = 60
STEADY_S = 60  # a server that ran this long had started well
STOPPED = 3  # exit status of an init script's `status`, as the Linux Standard Base has it


def holder():
    """Process id of the running supervisor, or None."""
    try:
        with open(PIDFILE) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = int(stream.read() or 0)
            else:
                return None
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            return pid if os.path.abspath(__file__).encode() in stream.read().split(b"\0") else None
    except (FileNotFoundError, ValueError):
        return None


def until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def note(state):
    with open(STATE + ".new", "w") as stream:
        stream.write(state)
    os.chmod(STATE + ".new", 0o644)
    os.rename(STATE + ".new", STATE)


def open_log():
    """Where words of the supervisor itself go, should it break."""
    return os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def start(account):
    if holder():
        return 0
    note("running")  # until the supervisor knows better
    subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "run", *account],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=open_log(),
        start_new_session=True,
        cwd="/",
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
    )
    if until(holder, 10):
        return 0
    print("the supervisor did not start, see " + LOG)
    return 1


def stop():
    pid = holder()
    if pid is None:
        return 0
    os.kill(pid, signal.SIGTERM)
    if until(lambda: holder() is None, STOP_S + 10):
        return 0
    print("process %d did not end within %d s" % (pid, STOP_S + 10))
    return 1


def state():
    if not holder():
        return "dead"
    with open(STATE) as stream:
        return stream.read()


class Supervisor:
    def __init__(self, user, groups):
        self.user = pwd.getpwnam(user)
        self.groups = [grp.getgrnam(name).gr_gid for name in groups]
        self.ending = threading.Event()
        self.child = None
        self.log = logging.getLogger("rigprov-llm")
        handler = logging.handlers.RotatingFileHandler(LOG, maxBytes=LOG_BYTES, backupCount=1)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self.log.addHandler(handler)
        self.log.setLevel(logging.INFO)

    def end(self, *_):
        self.ending.set()
        if self.child and self.child.poll() is None:
            self.child.terminate()
            killer = threading.Timer(STOP_S, self.child.kill)
            killer.daemon = True
            killer.start()

    def once(self):
        """Runs the server until it ends; its exit status."""
        own = os.path.join(HERE, "current/bin/python")  # an engine that is a Python package
        self.child = subprocess.Popen(
            [own if os.access(own, os.X_OK) else "/usr/bin/python3", "-B", os.path.join(HERE, "serve.py"), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=self.user.pw_uid,
            group=self.user.pw_gid,
            extra_groups=self.groups,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent", "RIGPROV_SUPERVISOR": str(os.getpid())},
        )
        if self.ending.is_set():  # the signal came while the server was being started
            self.end()
        for line in self.child.stdout:
            self.log.info("%s", line.decode("utf-8", "replace").rstrip())
        return self.child.wait()

    def run(self):
        os.makedirs(RUNTIME, mode=0o755, exist_ok=True)
        os.chown(RUNTIME, self.user.pw_uid, self.user.pw_gid)
        pause = 1
        while not self.ending.is_set():
            note("running")
            began = time.monotonic()
            status = self.once()
            if self.ending.is_set():
                break
            note("auto-restart")
            pause = 1 if time.monotonic() - began > STEADY_S else min(pause * 2, LONGEST_PAUSE_S)
            self.log.warning("the server ended with status %s; next start in %d s", status, pause)
            self.ending.wait(pause)


def run(account):
    os.umask(0o027)
    # Opened without truncating: until the lock is ours, the content belongs to another supervisor.
    with open(os.open(PIDFILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        supervisor = Supervisor(account[0], account[1:])
        signal.signal(signal.SIGTERM, supervisor.end)
        os.fchmod(stream.fileno(), 0o644)  # anybody may ask for the status
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        supervisor.run()
    return 0


def main(verb, account):
    if verb == "start":
        return start(account)
    if verb == "stop":
        return stop()
    if verb == "restart":
        return stop() or start(account)
    if verb == "status":
        print("running" if holder() else "stopped")
        return 0 if holder() else STOPPED
    if verb == "state":
        print(state())
        return 0
    return run(account) if verb == "run" else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
