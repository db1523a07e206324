# Makes the swap file under another name, tries it, and only then puts it in place. Cut off anywhere, the next run
# starts again with nothing but the unfinished file to throw away.
# Arguments: FILE SIZE_MIB METHOD LABEL
set -eu
file=$1 size=$2 method=$3 label=$4
new="$file.rigprov-new"
exec 9> /run/rigprov-swap.lock
flock 9
active() { swapon --show=NAME --noheadings --raw | grep -qxF "$1"; }

if active "$new"; then swapoff "$new"; fi
rm -f "$new"
trap 'rm -f "$new"' EXIT
umask 077
case $method in
  fallocate) fallocate -l "${size}MiB" "$new" ;;
  dd) dd if=/dev/zero of="$new" bs=1M count="$size" conv=fsync status=none ;;
  btrfs)
    # No copy on write, which can only be said while the file is empty.
    truncate -s 0 "$new"
    chattr +C "$new"
    fallocate -l "${size}MiB" "$new" ;;
esac
chmod 0600 "$new"
if [ "$label" ]; then mkswap -L "$label" "$new" > /dev/null; else mkswap "$new" > /dev/null; fi
sync "$new"
# A file system that cannot hold swap says so here, before an old file is given up.
swapon "$new"
swapoff "$new"
if active "$file"; then swapoff "$file"; fi
mv "$new" "$file"
swapon "$file"
