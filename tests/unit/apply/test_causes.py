from typing import Any

import pytest

from rigprov.apply.causes import Cause, explain

APT_FULL = "E: You don't have enough free space in /var/cache/apt/archives/.\n"
LOCK = (
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"
)
CUDA_KEY = (
    "W: GPG error: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64 InRelease: The following "
    "signatures couldn't be verified because the public key is not available: NO_PUBKEY A4B469963BF863CC"
)
SCRIPT_FAILS = (
    "Setting up nvidia-dkms-580 (580.173.02-0ubuntu0.22.04.1) ...\n"
    "dkms: running auto installation service for kernel 5.15.0-190-generic.\n"
    "dpkg: error processing package nvidia-dkms-580 (--configure):\n"
    " installed nvidia-dkms-580 package post-installation script subprocess returned error exit status 10\n"
    "Errors were encountered while processing:\n nvidia-dkms-580\n",
    "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
)
STALE = "E: Failed to fetch http://mirror.example/debian/pool/main/j/jq/jq_1.6-2_amd64.deb  404  Not Found [IP: 192.0.2.1 80]"
SQV = "W: OpenPGP signature verification failed: sqv returned an error: Policy rejected: SHA1 is not considered secure"


@pytest.mark.parametrize(
    ("result", "message", "fix_begins"),
    [
        (
            {"msg": f"apt-get failed: {APT_FULL}", "stderr": APT_FULL},
            "the disk is full: there is no room in /var/cache/apt/archives",
            "free",
        ),
        ({"msg": "OSError: [Errno 28] No space left on device: '/srv/models/x.part'"}, "the disk is full", "free some space"),
        (
            {"msg": "Missing sudo password"},
            "sudo on the host asks for a password that was not given or is wrong",
            "run the same command with `-K`",
        ),
        (
            {"module_stderr": "sudo: a password is required\n"},
            "sudo on the host asks for a password that was not given or is wrong",
            "run",
        ),
        ({"stderr": LOCK}, "the package manager is in use by unattended-upgr (process 1234)", "wait"),
        ({"msg": "Failed to lock apt for exclusive operation"}, "the package manager is in use by another process", "wait"),
        (
            {"msg": CUDA_KEY},
            "apt lacks the key A4B469963BF863CC with which NVIDIA signs its CUDA repository since 2022, so it does not trust it",
            "install NVIDIA's present cuda-keyring package",
        ),
        (
            {"msg": CUDA_KEY.replace("A4B469963BF863CC", "7EA0A9C3F273FCD8")},
            "apt has no key 7EA0A9C3F273FCD8 for a repository, so it does not trust it",
            "that vendor changed its key",
        ),
        (
            {"stderr": "The package manager is in use by unattended-upgr (process 1234)"},
            "the package manager is still in use by unattended-upgr (process 1234)",
            "wait",
        ),
        (
            {"stderr": SCRIPT_FAILS[1], "stdout": SCRIPT_FAILS[0]},
            "the installation script of the package nvidia-dkms-580 fails, and until it works no package can be installed",
            "`sudo dpkg --configure nvidia-dkms-580`",
        ),
        (
            {"msg": "E: The repository 'https://mirror.example/ubuntu noble Release' does not have a Release file."},
            "there is no package repository at https://mirror.example/ubuntu that apt could trust",
            "mend or disable its entry",
        ),
        (
            {"msg": "E: Release file for https://mirror.example/x/InRelease is expired (invalid since 3d 2h 1min 5s)."},
            "the index of the package repository https://mirror.example/x/InRelease has expired",
            "check the clock",
        ),
        (
            {"msg": f"W: GPG error: https://mirror.example InRelease: The following signatures were invalid: {'3E52' * 10}"},
            "the signature of a package repository is not valid for apt: of a kind that it no longer accepts (SHA-1), or its "
            "index was changed on the way",
            "only the vendor",
        ),
        ({"msg": SQV}, "apt no longer accepts the signature of a repository (its key is signed with SHA-1)", "only the vendor"),
        ({"msg": STALE}, "a file that apt's lists name is gone from the mirror", "`sudo apt-get update`"),
        (
            {
                "stderr": "Package python3-apt is not available, but is referred to by another package.\n"
                "E: Package 'python3-apt' has no installation candidate\n"
            },
            "apt offers no package python3-apt: its lists are empty or old",
            "let the host reach its package mirror",
        ),
        ({"msg": "E: Unable to locate package jq"}, "apt offers no package jq: its lists are empty or old", "let the host reach"),
        (
            {"stderr": "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'"},
            "an earlier package installation was cut off",
            "`sudo dpkg",
        ),
        (
            {"msg": "<urlopen error [Errno -3] Temporary failure in name resolution>"},
            "a name could not be resolved on the host",
            "mend its DNS",
        ),
        (
            {"msg": "SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"},
            "the host does not trust the certificate of a server it must download from",
            "install your network's CA",
        ),
        (
            {"results": [{"failed": False}, {"failed": True, "msg": "Read-only file system: '/etc/x'"}]},
            "a file system is read-only",
            "look at",
        ),
    ],
)
def test_known_causes_have_a_way_out(result: dict[str, Any], message: str, fix_begins: str) -> None:
    cause = explain(result)
    assert (cause.message, cause.on_host) == (message, True)
    assert cause.fix.startswith(fix_begins)


@pytest.mark.parametrize(
    ("result", "cause"),
    [
        ({"msg": "No package matching 'x' is available.\n"}, Cause("No package matching 'x' is available")),
        (
            {"msg": "non-zero return code", "rc": 1, "cmd": ["/bin/false"], "stderr": ""},
            Cause("`/bin/false` ended with exit code 1 and said nothing"),
        ),
        ({"msg": "non-zero return code", "rc": 2, "stderr": "bad\nworse"}, Cause("bad worse")),
        ({"censored": "hidden"}, Cause("it failed; its output is kept out of the log because it may hold a secret")),
        ({}, Cause("it failed and gave no reason")),
        ({"msg": "x" * 400}, Cause("... " + "x" * 300)),
    ],
)
def test_other_causes_say_what_the_task_said(result: dict[str, Any], cause: Cause) -> None:
    assert explain(result) == cause


@pytest.mark.parametrize(
    ("msg", "message"),
    [
        ("ssh: connect to host 192.0.2.1 port 22: No route to host", "there is no way to it in the network"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection refused", "it refused the connection"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out", "it does not answer"),
        ("ops@192.0.2.1: Permission denied (publickey,password).", "it refused the login"),
        ("Host key verification failed.", "its SSH host key is unknown or has changed"),
        ("ssh: Could not resolve hostname rig: Name does not resolve", "its name rig does not resolve"),
        ("Shared connection to 192.0.2.1 closed.", "the connection broke off"),
    ],
)
def test_connection_failures(msg: str, message: str) -> None:
    cause = explain({"msg": f"Failed to connect to the host via ssh: {msg}", "unreachable": True}, unreachable=True)
    assert (cause.message, cause.on_host) == (message, False)


def test_ansible_calls_a_host_with_a_full_home_unreachable_but_it_was_reached() -> None:
    said = 'Failed to create temporary directory. ... mkdir: cannot create directory: No space left on device"'
    assert explain({"msg": said, "unreachable": True}, unreachable=True).on_host
