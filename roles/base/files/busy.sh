# Waits until nobody else is at work on this machine's packages, up to WAIT_S seconds; reads only. Ends with 75 while somebody
# is, and says who.
# usage: sh busy.sh WAIT_S

cloud_init() { # sets the machine up at its first boot, installs packages in doing so, and has pauses in between
  [ -d /run/systemd/system ] && command -v cloud-init > /dev/null || return 0
  case $(cloud-init status 2> /dev/null | sed -n 's/^status: //p') in
    running | not*) echo "cloud-init, which sets the machine up at its first boot" ;;
  esac
}

holder() { # the process that has locked one of the package manager's files
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
    inode=$(stat -c %i "$file" 2> /dev/null) || continue
    awk -v inode="$inode" '$2 == "POSIX" { n = split($6, place, ":"); if (place[n] == inode) print $5 }' /proc/locks
  done | while read -r pid; do
    # A process of another container has a lock here, but no name.
    echo "$(cat "/proc/$pid/comm" 2> /dev/null || echo "a process that cannot be seen from here") (process $pid)"
    break
  done
}

seconds=0
while who=$(cloud_init; holder); [ -n "$who" ]; do
  if [ "$seconds" -ge "$1" ]; then
    echo "The package manager is in use by $who" | head -n 1 >&2
    exit 75
  fi
  sleep 1
  seconds=$((seconds + 1))
done
exit 0
