# Prints what lies at the swap file's path, as NAME=VALUE lines. Changes nothing.
# Arguments: FILE
file=$1
directory=$(dirname "$file")
# What is not found below keeps these values: the last line of a name counts.
printf '%s\n' type= label= bytes=0 active=no used_bytes=0 fstab=no fstab_valid=no swappiness_writable=no
if [ -L "$file" ] || { [ -e "$file" ] && [ ! -f "$file" ]; }; then
  echo kind=other
elif [ ! -e "$file" ]; then
  echo kind=absent
else
  # blkid exits 2 when it finds no signature; what is no swap is somebody's file.
  type=$(blkid -p -s TYPE -o value "$file" 2>/dev/null)
  if [ "$type" = swap ]; then echo kind=swap; else echo "kind=file"; fi
  echo "type=$type"
  echo "label=$(blkid -p -s LABEL -o value "$file" 2>/dev/null)"
  echo "bytes=$(stat -c %s "$file")"
  echo "mode=$(stat -c '%U:%G:%a' "$file")"
fi
if [ -d "$directory" ]; then echo "free_mib=$(df -Pm "$directory" | awk 'NR == 2 { print $4 }')"; else echo free_mib=; fi
# Name, size and use of the active areas; a name with blanks cannot be ours.
swapon --show=NAME,USED --bytes --noheadings --raw | while read -r name used; do
  if [ "$name" = "$file" ]; then echo "active=yes"; echo "used_bytes=$used"; fi
done
echo "available_bytes=$(awk '$1 == "MemAvailable:" { print $2 * 1024 }' /proc/meminfo)"
if grep -qE "^[[:space:]]*$(printf '%s' "$file" | sed 's/[.[\*^$+?(){|/]/\\&/g')[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]]" /etc/fstab 2>/dev/null; then echo fstab=yes; fi
if findmnt --verify > /dev/null 2>&1; then echo fstab_valid=yes; fi
echo "swappiness=$(cat /proc/sys/vm/swappiness)"
if [ -w /proc/sys/vm/swappiness ]; then echo swappiness_writable=yes; fi
exit 0
