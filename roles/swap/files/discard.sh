# Throws away what runs left: unfinished files, and the file that this role made at an earlier path. Prints their names.
# Arguments: FILE LABEL [ALSO...]; FILE is kept. What ALSO names goes too, where it carries the label.
set -eu
keep=$1 label=$2 list=/var/lib/rigprov/swap.discard
shift 2
exec 9> /run/rigprov-swap.lock
flock 9
# The kernel lists other containers' swap too, some by the same path.
active() { [ -f "$1" ] && swapon --show=NAME --noheadings --raw | grep -qxF "$1"; }
ours() {
  case $1 in *.rigprov-new) return 0 ;; esac
  # One that /etc/fstab still names is in its place: the run that was to replace it did not come that far.
  if awk -v path="$1" '$1 == path && $3 == "swap" { found = 1 } END { exit !found }' /etc/fstab 2>/dev/null; then return 1; fi
  [ "$(blkid -p -s LABEL -o value "$1" 2>/dev/null)" = "$label" ]
}
{ cat "$list" 2>/dev/null || true; printf '%s\n' "$@"; } | while read -r path; do
  if [ -z "$path" ] || [ "$path" = "$keep" ] || [ -L "$path" ] || [ ! -f "$path" ] || ! ours "$path"; then continue; fi
  if active "$path"; then swapoff "$path"; fi
  rm -f "$path"
  echo "$path"
done
rm -f "$list"
if [ -d /var/lib/rigprov ]; then rmdir --ignore-fail-on-non-empty /var/lib/rigprov; fi
