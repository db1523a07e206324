"""What can be broken by hand on a machine that was set up, how it is mended, and which controls have to see it."""

from dataclasses import dataclass

KEY = "/etc/rigprov/llm/api_key"
SERVER = "/etc/rigprov/llm/server.json"
DAEMON = "/etc/docker/daemon.json"
UNIT = "/etc/systemd/system/rigprov-llm.service"
MODEL = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98362432
LISTS = "/var/lib/apt/lists"
OTHER = "/srv/models/other.gguf"
LEDGER = "/var/lib/rigprov/ledger"
EVERYWHERE = "0.0.0.0"  # noqa: S104  (what a control has to find)
UP = "rigprov-llm start; rigprov-llm wait 120"


@dataclass(frozen=True)
class Break:
    """Shell to break and to mend; `also`: what fails with it, since it follows. `group`: broken together with others."""

    id: str
    how: str
    mended: str
    group: str = ""
    also: tuple[str, ...] = ()

    @property
    def found(self) -> set[str]:
        """Controls that have to fail, and no others."""
        return {self.id, *self.also}


def kept(ident: str, path: str, how: str, after: str = "true", *, group: str = "files", also: tuple[str, ...] = ()) -> Break:
    """A file that is put aside before, and back afterwards."""
    copy = f"/root/kept/{ident}"
    return Break(ident, f"cp -p {path} {copy}; {how}", f"cp -p {copy} {path}; {after}", group, also)


def mode(ident: str, path: str, wrong: str, right: str, *, also: tuple[str, ...] = ()) -> Break:
    return Break(ident, f"chmod {wrong} {path}", f"chmod {right} {path}", "files", also)


def file(ident: str, path: str, text: str, bits: str = "644", *, group: str = "files", also: tuple[str, ...] = ()) -> Break:
    """A file that should not be there."""
    return Break(ident, f"printf '%b' '{text}' > {path}; chmod {bits} {path}", f"rm {path}", group, also)


def setting(path: str, key: str, value: object) -> str:
    """Shell that sets a key in a JSON file."""
    code = f"import json, sys; p = sys.argv[1]; d = json.load(open(p)); d[{key!r}] = {value!r}; json.dump(d, open(p, 'w'))"
    return f'python3 -c "{code}" {path}'


def package(ident: str, more: str, script: str, install: str) -> Break:
    """A package that should not be as it is."""
    name = ident.lower()
    control = f"Package: {name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n{more}"
    folder = f"/root/kept/{name}"
    write = f"mkdir -p {folder}/DEBIAN; printf '%b' '{control}' > {folder}/DEBIAN/control; printf '#!/bin/sh\\n{script}\\n'"
    build = f"{write} > {folder}/DEBIAN/postinst; chmod 755 {folder}/DEBIAN/postinst; dpkg-deb -b {folder} {folder}.deb"
    purge = f"dpkg --purge --force-all {name}; rm -r {folder} {folder}.deb"
    return Break(ident, f"{build}; {install} -i {folder}.deb || true", purge, "files")


_NEW_KEY = "od -An -N32 -tx1 /dev/urandom | tr -d ' \\n'"
_ENGINE = "systemctl daemon-reload; rigprov-llm restart; rigprov-llm wait 120"
_PART = "/srv/models/.m.gguf.0123456789ab.part"
_IMAGE = "tar -chf - /bin/false /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6 2>/dev/null | docker import - looping"
_STUB = (
    "import http.server as h\\nclass S(h.BaseHTTPRequestHandler):\\n def do_GET(s):\\n  s.rfile.read(int(s.headers.get("
    '"content-length") or 0)); s.send_response(200); s.end_headers()\\n do_POST = do_GET\\n'
    'h.HTTPServer(("127.0.0.1", 8080), S).serve_forever()\\n'
)

FILES = (
    Break("RIG-DKR-002", "systemctl disable docker.service", "systemctl enable docker.service", "files"),
    Break(
        "RIG-DKR-004",
        "[ ! -e /etc/containerd/config.toml ] || cp -p /etc/containerd/config.toml /root/kept/; mkdir -p /etc/containerd; "
        "printf 'version = 2\\nroot = \"/var/lib/elsewhere\"\\n' > /etc/containerd/config.toml",
        "rm /etc/containerd/config.toml; [ ! -e /root/kept/config.toml ] || cp -p /root/kept/config.toml /etc/containerd/",
        "files",
    ),
    kept("RIG-DKR-003", DAEMON, setting(DAEMON, "data-root", "/var/lib/elsewhere")),
    kept("RIG-DKR-005", DAEMON, setting(DAEMON, "log-opts", {})),
    kept("RIG-DKR-008", DAEMON, setting(DAEMON, "hosts", ["tcp://0.0.0.0:2375"])),
    mode("RIG-DKR-006", DAEMON, "666", "644"),
    mode("RIG-DKR-007", "/run/docker.sock", "666", "660"),
    Break("RIG-DKR-009", "usermod -aG docker nobody", "gpasswd -d nobody docker", "files"),
    Break("RIG-DKR-011", "mkdir -p /snap/docker/current", "rm -r /snap/docker", "files"),
    mode("RIG-STO-002", "/srv/models", "0755", "2775"),
    kept("RIG-STO-013", "/etc/profile.d/rigprov-models.sh", "rm /etc/profile.d/rigprov-models.sh"),
    Break("RIG-MOD-001", f"echo more >> {MODEL}", f"truncate -s {SIZE} {MODEL}", "files", ("RIG-MOD-002",)),
    file("RIG-MOD-003", "/srv/models/page.gguf", "<!doctype html>"),
    mode("RIG-MOD-004", MODEL, "600", "644"),
    file("RIG-MOD-005", "/srv/models/open.gguf", "GGUF", "666", also=("RIG-SYS-002",)),
    Break("RIG-MOD-006", f"touch -d '3 days ago' {_PART}", f"rm {_PART}", "files"),
    Break("RIG-RUN-002", "systemctl disable rigprov-llm.service", "systemctl enable rigprov-llm.service", "files"),
    Break("RIG-RUN-007", "chown nobody /opt/rigprov/llm/serve.py", "chown root /opt/rigprov/llm/serve.py", "files"),
    Break("RIG-RUN-009", "usermod -s /bin/bash llm", "usermod -s /usr/sbin/nologin llm", "files"),
    Break(
        "RIG-RUN-010",
        f"mkdir -p {UNIT}.d; printf '[Service]\\nNoNewPrivileges=no\\nProtectSystem=no\\n' > {UNIT}.d/loose.conf; "
        "systemctl daemon-reload",
        f"rm -r {UNIT}.d; systemctl daemon-reload",
        "files",
    ),
    kept("RIG-API-004", KEY, f"{_NEW_KEY} > {KEY}"),
    mode("RIG-API-005", KEY, "644", "640"),
    Break("RIG-API-007", f'systemd-run -q --unit=leak sh -c "sleep 9000; : $(cat {KEY})"', "systemctl stop leak", "files"),
    Break("RIG-API-008", f"cat {KEY} >> /var/log/rigprov-llm.log", "rm /var/log/rigprov-llm.log", "files"),
    file("RIG-SSH-002", "/etc/ssh/sshd_config.d/00-a.conf", "PermitRootLogin yes\\n"),
    file("RIG-SSH-003", "/etc/ssh/sshd_config.d/00-b.conf", "PermitEmptyPasswords yes\\n"),
    Break(
        "RIG-SSH-004",
        "echo PasswordAuthentication yes > /etc/ssh/sshd_config.d/00-c.conf; echo ops:correct-horse | chpasswd",
        "rm /etc/ssh/sshd_config.d/00-c.conf; usermod -p '!' ops",
        "files",
    ),
    file("RIG-SSH-005", "/etc/ssh/ssh_host_spare_key", "x"),
    Break(
        "RIG-SSH-006", "mkdir -p /root/.ssh; touch /root/.ssh/authorized_keys; chmod 666 /root/.ssh/authorized_keys",
        "rm /root/.ssh/authorized_keys", "files",
    ),
    mode("RIG-SYS-001", "/var/tmp", "0777", "1777"),  # noqa: S108  (nothing is written there)
    file("RIG-SYS-002", "/etc/rigprov/open", "x", "666"),
    Break("RIG-SYS-003", "touch /var/lib/rigprov/x; chown nobody /var/lib/rigprov/x", "rm /var/lib/rigprov/x", "files"),
    Break("RIG-SYS-004", "systemd-run -q --unit=broken false; sleep 2", "systemctl reset-failed broken", "files"),
    file("RIG-SYS-006", "/run/reboot-required", "*** System restart required ***\\n"),
    Break("RIG-SYS-007", "useradd -M -o -u 0 toor", "sed -i /^toor:/d /etc/passwd /etc/shadow /etc/group /etc/gshadow", "files"),
    Break("RIG-SYS-008", "useradd -M open; passwd -d open", "userdel open", "files"),
    mode("RIG-SYS-009", "/etc/shadow", "644", "640"),
    file("RIG-SYS-010", "/etc/sudoers.d/99-broken", "nobody ALL = = oops\\n", "440"),
    file("RIG-SYS-011", "/etc/profile.d/open.sh", "true\\n", "666"),
    Break(
        "RIG-SYS-012", "systemd-run -q --unit=listener python3 -m http.server 9999; sleep 2", "systemctl stop listener", "files"
    ),
    kept("RIG-SYS-013", "/etc/machine-id", ": > /etc/machine-id"),
    Break("RIG-SYS-014", "mv /usr/bin/lspci /root/kept/", "mv /root/kept/lspci /usr/bin/", "files"),
    package("RIG-UPD-001", "", "exit 1", "dpkg"),
    package("RIG-UPD-002", "Depends: there-is-no-such-package\\n", "exit 0", "dpkg --force-depends"),
    file("RIG-UPD-003", "/etc/apt/sources.list.d/lax.list", "deb [trusted=yes] http://127.0.0.1:1/ ./\\n"),
    file("RIG-UPD-004", "/etc/apt/apt.conf.d/99open", "", "666"),
    file("RIG-UPD-005", "/etc/apt/apt.conf.d/99off", 'APT::Periodic::Unattended-Upgrade "0";\\n'),
    Break(
        "RIG-UPD-006", "mv /etc/apt/apt.conf.d/60rigprov-docker /root/kept/",
        "mv /root/kept/60rigprov-docker /etc/apt/apt.conf.d/", "files",
    ),
    Break("RIG-UPD-008", f"touch -d '60 days ago' {LISTS} {LISTS}/partial", f"touch {LISTS}", "files"),
    Break("RIG-LED-001", f"mv {LEDGER}/docker.json /root/kept/", f"mv /root/kept/docker.json {LEDGER}/", "files"),
    kept("RIG-LED-002", f"{LEDGER}/models.json", f"truncate -s 100 {LEDGER}/models.json"),
    # Last: whatever reads the units again mends it.
    Break("RIG-RUN-005", f"sleep 1; echo '# changed' >> {UNIT}", f"sed -i '$d' {UNIT}; systemctl daemon-reload", "files"),
)  # fmt: skip

SERVICES = (
    Break(
        "RIG-DKR-012", f"{_IMAGE}; docker run -d --restart always --name looping looping /bin/false; sleep 8",
        "docker rm -f looping; docker image rm looping", "services",
    ),
    kept(
        "RIG-API-002", SERVER, f"{setting(SERVER, 'host', EVERYWHERE)}; {_ENGINE}", _ENGINE, group="services",
        also=("RIG-SYS-012",),
    ),
    Break("RIG-STO-008", "mount --bind /srv/models /srv/models; mount -o remount,bind,ro /srv/models", "umount /srv/models",
          "services", ("RIG-RUN-011", "RIG-STO-013")),
)  # fmt: skip

DOWN = (
    Break("RIG-RUN-001", "rigprov-llm stop", UP, "down", ("RIG-API-001",)),
    Break("RIG-STO-001", "rigprov-llm stop; mv /srv/models /srv/kept", f"mv /srv/kept /srv/models; {UP}", "down",
          ("RIG-MOD-001", "RIG-RUN-001", "RIG-API-001")),
    Break("RIG-DKR-001", "systemctl stop docker.socket docker.service", "systemctl start docker.socket docker.service", "down"),
    file("RIG-SSH-001", "/etc/ssh/sshd_config.d/00-odd.conf", "Nonsense yes\\n", group="down"),
    kept("RIG-API-006", KEY, f"echo zq7x > {KEY}", group="down"),
)  # fmt: skip

ALONE = (
    kept(
        "RIG-RUN-004", SERVER, f"cp -p {MODEL} {OTHER}; {setting(SERVER, 'model', OTHER)}; {_ENGINE}", f"rm {OTHER}; {_ENGINE}",
        group="",
    ),
    Break(  # rigprov's own programs refuse to serve as root
        "RIG-RUN-003",
        f"mkdir -p {UNIT}.d; printf '[Service]\\nUser=root\\nExecStart=\\nExecStart=/bin/sleep 9000\\n' > {UNIT}.d/user.conf; "
        "systemctl daemon-reload; systemctl restart rigprov-llm", f"rm -r {UNIT}.d; {_ENGINE}",
        also=("RIG-RUN-009", "RIG-API-005", "RIG-API-001", "RIG-RUN-004"),
    ),
    Break("RIG-API-001", "rigprov-llm stop", UP, also=("RIG-RUN-001",)),
    Break("RIG-API-003", f"rigprov-llm stop; printf '%b' '{_STUB}' > /root/kept/stub.py; "
          "systemd-run -q --unit=stub python3 /root/kept/stub.py; sleep 2", f"systemctl stop stub; {UP}", also=("RIG-RUN-001",)),
    Break(
        "RIG-MOD-002", f"cp -p {MODEL} /root/kept/model; dd if=/dev/zero of={MODEL} bs=1 count=64 seek=50000000 conv=notrunc",
        f"cp -p /root/kept/model {MODEL}",
    ),
)  # fmt: skip

BREAKS = (*FILES, *SERVICES, *DOWN, *ALONE)
GROUPS = ("files", "services", "down")
