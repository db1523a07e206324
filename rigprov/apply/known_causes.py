"""Texts that programs on a host are known to fail with: what each means, and the way out."""

AGAIN = "then run the same command again"

# First match wins. Groups fill the braces. Observed texts of apt, dpkg, sudo, ssh and Ansible; see the tests for whole samples.
KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"You don't have enough free space in (?P<where>\S+?)/?\.?(?:\s|$)",
        "the disk is full: there is no room in {where}",
        f"free some space (`df -h {{where}}` on the host shows how much there is), {AGAIN}",
    ),
    (
        r"No space left on device|Disk quota exceeded",
        "the disk is full",
        f"free some space (`df -h` on the host shows where), {AGAIN}",
    ),
    (r"Read-only file system", "a file system is read-only", f"look at `dmesg` for disk errors and remount it writable, {AGAIN}"),
    (
        r"[Mm]issing sudo password|sudo: a password is required|Incorrect sudo password|Sorry, try again",
        "sudo on the host asks for a password that was not given or is wrong",
        "run the same command with `-K` (`--ask-become-pass`)",
    ),
    (
        r"is not in the sudoers file|not allowed to execute|may not run sudo",
        "this user may not use sudo on the host",
        f"log in as another user, or let root add this one to the group sudo, {AGAIN}",
    ),
    (
        r"Errors were encountered while processing:\s+(?P<package>\S+)",
        "the installation script of the package {package} fails, and until it works no package can be installed",
        "`sudo dpkg --configure {package}` on the host shows why (for a driver that is built on the spot see the make.log in "
        f"/var/lib/dkms), {AGAIN}",
    ),
    (
        r"dpkg was interrupted|dpkg --configure -a",
        "an earlier package installation was cut off",
        f"`sudo dpkg --configure -a` on the host finishes it, {AGAIN}",
    ),
    (
        r"Could not get lock (?P<what>\S+?)\.?\s+It is held by process (?P<pid>\d+) \((?P<who>[^)]+)\)",
        "the package manager is in use by {who} (process {pid})",
        f"wait until it has finished, {AGAIN}",
    ),
    (
        r"package manager is in use by (?P<who>[^.\n]+)",
        "the package manager is still in use by {who}",
        f"wait until it has finished, {AGAIN}",
    ),
    (
        r"Could not get lock|Unable to acquire the dpkg frontend lock|Failed to lock apt|Unable to lock directory",
        "the package manager is in use by another process",
        f"wait until it has finished, {AGAIN}",
    ),
    (
        r"NO_PUBKEY (?P<key>A4B469963BF863CC)",
        "apt lacks the key {key} with which NVIDIA signs its CUDA repository since 2022, so it does not trust it",
        f"install NVIDIA's present cuda-keyring package, or disable its entry in /etc/apt/sources.list.d, {AGAIN}",
    ),
    (
        r"NO_PUBKEY (?P<key>[0-9A-F]{8,40})",
        "apt has no key {key} for a repository, so it does not trust it",
        "that vendor changed its key: install its present keyring package, or disable the repository in /etc/apt/sources.list.d",
    ),
    (
        r"(?:EXPKEYSIG|KEYEXPIRED) (?P<key>\w+)",
        "the key {key} of an apt repository has expired",
        "install the vendor's present keyring package, or disable the repository in /etc/apt/sources.list.d",
    ),
    (
        r"SHA1 is not considered secure|sqv returned an error",
        "apt no longer accepts the signature of a repository (its key is signed with SHA-1)",
        "only the vendor can mend that: disable the repository in /etc/apt/sources.list.d until then",
    ),
    (
        r"The following signatures were invalid",
        "the signature of a package repository is not valid for apt: of a kind that it no longer accepts (SHA-1), or its index "
        "was changed on the way",
        "only the vendor can mend that: disable the repository in /etc/apt/sources.list.d until then",
    ),
    (
        r"Release file for (?P<where>\S+) is expired",
        "the index of the package repository {where} has expired",
        f"check the clock (`date` on the host); if it is right, nobody updates that mirror any more: take another, {AGAIN}",
    ),
    (
        r"The repository '(?P<where>\S+)[^']*' (?:does not have a Release file|is not signed|no longer has)",
        "there is no package repository at {where} that apt could trust",
        f"mend or disable its entry in /etc/apt/sources.list.d, {AGAIN}",
    ),
    (
        r"404\s+Not Found",
        "a file that apt's lists name is gone from the mirror",
        f"`sudo apt-get update` on the host, {AGAIN}; if it stays, the mirror lacks this release",
    ),
    (
        r"Temporary failure (?:in name resolution|resolving)|Could not resolve|Name or service not known",
        "a name could not be resolved on the host",
        f"mend its DNS (`getent hosts` must answer for the mirror), {AGAIN}",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verification failed|self.signed certificate|unable to get local issuer",
        "the host does not trust the certificate of a server it must download from",
        f"install your network's CA certificate on it (update-ca-certificates) and check its clock, {AGAIN}",
    ),
    (
        r"Package '?(?P<package>[a-z0-9][a-z0-9.+-]+)'? has no installation candidate|Unable to locate package (?P<other>\S+)",
        "apt offers no package {package}{other}: its lists are empty or old",
        f"let the host reach its package mirror (`apt-get update` on it must pass), or install that package there, {AGAIN}",
    ),
    (
        r"held broken packages|unmet dependencies",
        "the packages cannot be installed together with what is there",
        "`apt-get -s install` with the packages named in the log shows the conflict",
    ),
    (r"(?:python3?: not found|python3?: No such file)", "Python is missing on the host", AGAIN.removeprefix("then ")),
)
CONNECTION: tuple[tuple[str, str, str], ...] = (
    (r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED", "its SSH host key is unknown or has changed", ""),
    (
        r"Permission denied \([a-z,-]+\)",
        "it refused the login",
        "check the user name and that your key is in its authorized_keys",
    ),
    (r"Connection refused", "it refused the connection", "check the port, and that sshd is running"),
    (r"No route to host|Network is unreachable", "there is no way to it in the network", "check that it is on, and its address"),
    (r"Could not resolve hostname (?P<name>\S+?):", "its name {name} does not resolve", "check the name, or give its address"),
    (r"timed out|Timeout", "it does not answer", f"check that it is on, and its address, {AGAIN}"),
    (
        r"closed by|Connection reset|Broken pipe|mux_client|Shared connection",
        "the connection broke off",
        AGAIN.removeprefix("then "),
    ),
)
