# Installs rigprov into an environment of its own. Safe to run again at any point.
set -eu
umask 022
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
place=/opt/rigprov
state=/var/lib/rigprov/pull
release=$place/$version-$(printf %.12s "$sha256")

say() { echo "rigprov: $*"; }

# What became of it, also where rigprov itself is not there yet to say so.
failed() {
  say "failed: $1; the output before this line says why"
  mkdir -p "$state"
  printf '{"schema_version": 1, "state": "failed", "exit": 4, "problems": [{"code": "install", "message": "%s"}]}\n' "$1" > "$state/.new"
  mv "$state/.new" "$state/result.json"
  printf 'failed: %s\n' "$1" > "$state/result.txt"
  exit 4
}

# The package lists have a lock for which apt does not wait by itself.
apt() { timeout 1800 apt-get -qq -o DPkg::Lock::Timeout=900 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" > /dev/null; }

# One that is new enough for Ansible, and whose venv module is there: Debian has that in a package of its own.
python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

install_python() {
  tries=0
  until apt update; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || return 1
    sleep 15
  done
  # Ubuntu 22.04 has a Python that is too old for Ansible, and a newer one beside it
  wanted=python3-venv
  python3 -c 'import sys; sys.exit(sys.version_info >= (3, 11))' 2> /dev/null && wanted=python3.11-venv
  apt install -y --no-install-recommends "$wanted" ca-certificates
}

install_rigprov() {
  rm -rf "$release" "$place/fetched"
  mkdir -p "$place/fetched"
  "$(python)" -m venv "$release" || return 1
  printf '%s --hash=sha256:%s\n' "$requirement" "$sha256" > "$place/fetched/wanted.txt"
  pip="$release/bin/pip --disable-pip-version-check --retries 5 --timeout 60 --no-input"
  $pip download --quiet --no-deps --only-binary :all: --require-hashes -d "$place/fetched" -r "$place/fetched/wanted.txt" || return 1
  # The wheel, proved by its hash, names the hashes of all else.
  "$release/bin/python" -m zipfile -e "$place"/fetched/rigprov-*.whl "$place/fetched/wheel" || return 1
  # It names all. pip would compile on one processor only; not compiling at all would leave that to a time when power may be cut.
  $pip install --quiet --no-deps --no-compile --only-binary :all: --require-hashes -r "$place/fetched/wheel/rigprov/lock.txt" || return 1
  $pip install --quiet --no-deps --no-compile --no-index "$place"/fetched/rigprov-*.whl || return 1
  # A package may carry a file for another Python, which this one cannot compile and never reads.
  "$release/bin/python" -m compileall -q -j 0 "$release/lib" > /dev/null || say "not every file could be compiled; going on"
  rm -rf "$place/fetched"
  sync # a power cut must not leave the mark and take what it stands for
  touch "$release/complete"
}

# It holds the package lists at a first boot. That it failed at something of its own is no reason to stop.
if command -v cloud-init > /dev/null; then
  timeout 900 cloud-init status --wait > /dev/null 2>&1 || say "cloud-init reports errors, or has not ended in 15 minutes; going on"
fi
if [ ! -e "$release/complete" ]; then
  say "installing $requirement"
  python > /dev/null || install_python || failed "Python could not be installed"
  install_rigprov || failed "rigprov could not be installed"
fi
ln -sfn "$release" "$place/current.new"
mv -T "$place/current.new" "$place/current"
[ -e /usr/local/bin/rigprov ] || [ -L /usr/local/bin/rigprov ] || ln -s "$place/current/bin/rigprov" /usr/local/bin/rigprov
