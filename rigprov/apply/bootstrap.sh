# What Ansible itself needs on a Debian or Ubuntu machine: an idle package manager, Python and python3-apt.
# Run as root. Ends with 75 while somebody else is at work, and names them.
set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
: "${WAIT_S:=8}"

busy() { # WHO
  printf '%s\n' "$1"
  exit 75
}

# A process that has one of the package manager's lock files open and holds a POSIX lock: its name and number.
holder() {
  # Its words are dropped: it complains of each process that ends while it looks.
  find /proc/[0-9]*/fd \( -lname /var/lib/dpkg/lock-frontend -o -lname /var/lib/dpkg/lock -o -lname /var/lib/apt/lists/lock \
    -o -lname /var/cache/apt/archives/lock \) 2>/dev/null | while IFS=/ read -r _ _ pid _; do
    if awk -v pid="$pid" '$2 == "POSIX" && $5 == pid { found = 1 } END { exit !found }' /proc/locks; then
      printf '%s (process %s)\n' "$(cat "/proc/$pid/comm")" "$pid"
      break
    fi
  done
}

wait_for_lock() {
  seconds=0
  while who=$(holder) && [ -n "$who" ]; do
    [ "$seconds" -lt "$WAIT_S" ] || busy "$who"
    sleep 1
    seconds=$((seconds + 1))
  done
}

# Lists that a power cut left empty pass for current as long as the mirror's release is the same.
drop_empty_lists() {
  if [ -d /var/lib/apt/lists ]; then
    find /var/lib/apt/lists -maxdepth 1 -type f -size 0 -name '*_*' -delete
  fi
}

update_lists() { # `update` takes a lock that DPkg::Lock::Timeout does not cover, hence the retries
  for attempt in 1 2 3; do
    wait_for_lock
    drop_empty_lists
    if apt-get -q update >&2; then return 0; fi
    sleep "$attempt"
  done
  return 1
}

# Without a network `update` warns and ends with 0: only packages that came tell. Where they did not, it is the network's
# fault when an index does not answer either.
fetched() {
  update_lists && apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends --download-only "$@" >&2 && return 0
  if apt-get -q update -o APT::Update::Error-Mode=any >&2; then exit 1; fi
  return 1
}

if [ -d /run/systemd/system ] && command -v cloud-init >/dev/null; then
  case "$(cloud-init status 2>/dev/null | sed -n 's/^status: //p')" in
    running | not*) busy "cloud-init, which sets the machine up at its first start" ;;
  esac
fi
wait_for_lock

if [ -n "$(dpkg --audit)" ]; then
  dpkg --force-confdef --force-confold --configure -a >&2 || apt-get -y -f install >&2
  echo "finished an interrupted package installation"
fi

need=
[ -x /usr/bin/python3 ] || need="$need python3"
[ "$(dpkg-query -W -f='${db:Status-Status}' python3-apt 2>/dev/null || true)" = installed ] || need="$need python3-apt"
if [ -n "$need" ]; then
  # shellcheck disable=SC2086 # a list of words
  if ! fetched $need; then
    # Without a package index nothing can be installed, and without python3-apt much still works.
    [ -x /usr/bin/python3 ] || exit 1
    echo "no package index answers: left out$need"
    exit 0
  fi
  wait_for_lock
  # shellcheck disable=SC2086 # a list of words
  apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold install --no-install-recommends $need >&2
  echo "installed$need"
fi
