# Makes the swap file under another name, tries it, and only then puts it in place. Cut off anywhere, the next run starts
# again: /var/lib/rigprov/swap.discard says what there is to throw away, also to a run that makes no file.
# Arguments: FILE SIZE_MIB METHOD LABEL EARLIER; EARLIER is our file at another path, or nothing
set -eu
export LC_ALL=C # messages are told apart below
file=$1 size=$2 method=$3 label=$4 earlier=$5
new="$file.rigprov-new" list=/var/lib/rigprov/swap.discard
exec 9> /run/rigprov-swap.lock
flock 9
# The kernel lists other containers' swap too, some by the same path.
active() { [ -f "$1" ] && swapon --show=NAME --noheadings --raw | grep -qxF "$1"; }
# A file that is in use must not be unlinked: its swap would stay on, without a name.
discard() { if active "$new"; then swapoff "$new"; fi; rm -f "$new"; }

fill() {
  case $1 in
    fallocate)
      if ! said=$(fallocate -l "${size}MiB" "$new" 2>&1); then
        case $said in
          *"not supported"*) rm -f "$new"; method=dd; fill dd; return ;;
          *) echo "$said" >&2; exit 1 ;;
        esac
      fi ;;
    dd) dd if=/dev/zero of="$new" bs=1M count="$size" conv=fsync status=none ;;
    btrfs)
      # No copy on write, which can only be said while the file is empty.
      truncate -s 0 "$new"
      chattr +C "$new"
      fallocate -l "${size}MiB" "$new" ;;
  esac
  chmod 0600 "$new"
  mkswap -L "$label" "$new" > /dev/null
  sync "$new"
}

mkdir -p /var/lib/rigprov
discard
for path in "$new" "$earlier"; do
  if [ "$path" ] && ! grep -qsxF "$path" "$list"; then echo "$path" >> "$list"; fi
done
sync "$list"
trap 'discard' EXIT
trap 'exit 1' HUP INT TERM
umask 077
fill "$method"
# A file system that cannot hold swap says so here, before an old file is given up.
if ! said=$(swapon "$new" 2>&1); then
  # Allocated without being written may count as holes; written out it does not.
  case "$method $said" in
    "fallocate "*"Invalid argument"* | "fallocate "*holes*) rm -f "$new"; fill dd; swapon "$new" ;;
    *) echo "$said" >&2; exit 1 ;;
  esac
fi
swapoff "$new"
if active "$file"; then swapoff "$file"; fi
mv -T "$new" "$file"
sync "$(dirname "$file")"
swapon "$file"
