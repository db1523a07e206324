# Prints what lies at the swap file's path, what else this role left, and what stands in the way, as NAME=VALUE lines.
# Changes nothing.
# Arguments: FILE LABEL MARK, the line above ours in /etc/fstab
export LC_ALL=C
file=$1 ours=$2 mark=$3
directory=$(dirname "$file")
label() { blkid -p -s LABEL -o value "$1" 2>/dev/null; }
type() { blkid -p -s TYPE -o value "$1" 2>/dev/null; }
# Where fstab is broken as a whole, or where the next boot would wait for what is not there. Lines that boot goes on without
# may name a disk that is in a drawer.
fstab_error() {
  [ -e /etc/fstab ] || return 0
  if findmnt --verify 2>&1 | grep -m 1 'parse error at line'; then return; fi
  needed=$(mktemp -p /run)
  awk '$4 !~ /(^|,)(nofail|noauto)(,|$)/' /etc/fstab > "$needed"
  findmnt --verify --tab-file "$needed" 2>/dev/null |
    awk '/^[^ ]/ { target = $0 } /\[E\]/ { sub(/^ *\[E\] */, ""); print target ": " $0; exit }'
  rm -f "$needed"
}
# What the kernel refuses on btrfs, and snapshots, which a swap file in use would make fail.
btrfs_problem() {
  command -v btrfs > /dev/null || { echo "btrfs-progs is not installed, so it cannot be looked at"; return; }
  devices=$(btrfs filesystem show "$(findmnt -no TARGET -T "$directory")" | sed -n 's/.*Total devices \([0-9]*\).*/\1/p')
  if [ "${devices:-1}" != 1 ]; then echo "it has $devices devices, and a swap file has to lie on one"; return; fi
  profiles=$(btrfs filesystem df "$directory" | sed -n 's/^Data\(+Metadata\)\{0,1\}, \([^:]*\):.*/\2/p' | sort -u | tr '\n' ' ')
  if [ "$profiles" != "single " ]; then echo "its data is kept as ${profiles% }, and a swap file takes single only"; return; fi
  subvolume=$directory
  while [ "$(stat -c %i "$subvolume")" != 256 ] && [ "$subvolume" != / ]; do subvolume=$(dirname "$subvolume"); done
  snapshot=$(btrfs subvolume show "$subvolume" 2>/dev/null | sed '1,/Snapshot(s):/d' | awk '!/:/ && NF { print $1; exit }')
  if [ "$snapshot" ]; then
    echo "its subvolume $subvolume has a snapshot ($snapshot), and a swap file in use would stop further ones"
  fi
}

# What is not found below keeps these values: the last line of a name counts.
printf '%s\n' type= label= bytes=0 active=no used_bytes=0 earlier= earlier_used_bytes=0 fstab=no fstab_valid=no \
  swappiness_writable=no hibernates=no read_only=no problem= unfinished=
if [ -L "$file" ]; then
  echo kind=link
elif [ -d "$file" ]; then
  echo kind=directory
elif [ ! -e "$file" ]; then
  echo kind=absent
elif [ ! -f "$file" ]; then
  echo kind=device
else
  # blkid exits 2 when it finds no signature; what is no swap is somebody's file.
  if [ "$(type "$file")" = swap ]; then echo kind=swap; else echo "kind=file"; fi
  echo "type=$(type "$file")"
  echo "label=$(label "$file")"
  echo "bytes=$(stat -c %s "$file")"
fi
if [ -d "$directory" ]; then
  echo "free_mib=$(df -Pm "$directory" | awk 'NR == 2 { print $4 }')"
  if [ ! -w "$directory" ]; then echo read_only=yes; fi
  if [ "$(findmnt -no FSTYPE -T "$directory")" = btrfs ]; then echo "problem=$(btrfs_problem)"; fi
else
  echo free_mib=
fi
# Name, kind and use of the active areas; a name with blanks cannot be ours.
swapon --show=NAME,TYPE,USED --bytes --noheadings --raw | while read -r name kind used; do
  if [ ! -f "$name" ]; then
    continue # a device, or another container's
  elif [ "$name" = "$file" ]; then
    echo "active=yes"
    echo "used_bytes=$used"
  elif [ "$kind" = file ] && [ "$(label "$name")" = "$ours" ] && [ "${name%.rigprov-new}" = "$name" ]; then
    echo "earlier=$name"
    echo "earlier_used_bytes=$used"
  fi
done
# A file of ours that our line of fstab names and that is off.
named=$(awk -v mark="$mark" '$0 == mark { getline; print $1; exit }' /etc/fstab 2>/dev/null)
if [ "$named" ] && [ "$named" != "$file" ] && [ -f "$named" ] && [ "$(label "$named")" = "$ours" ]; then echo "earlier=$named"; fi
echo "available_bytes=$(awk '$1 == "MemAvailable:" { printf "%.0f", $2 * 1024 }' /proc/meminfo)"
echo "margin_bytes=$(awk '$1 == "MemTotal:" { m = $2 * 1024 / 20; if (m < 268435456) m = 268435456; printf "%.0f", m }' /proc/meminfo)"
if grep -qE "^[[:space:]]*$(printf '%s' "$file" | sed 's/[.[\*^$+?(){|/]/\\&/g')[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]]" /etc/fstab 2>/dev/null; then echo fstab=yes; fi
if findmnt --verify > /dev/null 2>&1; then echo fstab_valid=yes; fi
echo "fstab_error=$(fstab_error)"
# An image of memory that hibernation left, or will leave, in a swap file.
if grep -qE '(^| )resume_offset=[1-9]' /proc/cmdline || grep -qsx '[1-9][0-9]*' /sys/power/resume_offset; then echo hibernates=yes; fi
if [ -s /var/lib/rigprov/swap.discard ]; then echo unfinished=yes; fi
echo "swappiness=$(cat /proc/sys/vm/swappiness)"
if [ -w /proc/sys/vm/swappiness ]; then echo swappiness_writable=yes; fi
exit 0
