#!/bin/sh
# rigprov test stand-in: names the kernel that the machine would have booted.
real=/usr/bin/uname.controller
[ -e /run/stand-in/osrelease ] || exec "$real" "$@"
release=$(cat /run/stand-in/osrelease)
"$real" "$@" | sed "s|$("$real" -r)|$release|g"
