#!/bin/sh
# Installs what a list (first argument; else debian-packages.txt) names and this machine lacks. Says which; asks nothing.
set -eu

list=${1:-$(dirname "$0")/debian-packages.txt}
missing=
for package in $(sed 's/#.*//' "$list"); do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "error: these Debian packages are missing:$missing" >&2
  echo "hint: run \`sudo apt-get install$missing\`, or this as root" >&2
  exit 2
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # one word a package
apt-get install -y -qq --no-install-recommends $missing > /dev/null
