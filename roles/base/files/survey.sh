# Prints what the tasks of this role have to do on this host, one finding a line; reads only.
# usage: sh survey.sh MAX_AGE_MINUTES PACKAGE...
max_age=$1
shift

command -v dpkg > /dev/null && command -v apt-get > /dev/null || { echo no-apt; exit 0; }

# A dpkg that was cut off leaves packages half-way, a journal that is not yet folded into its database, or both; apt
# refuses to work with either, and `dpkg --audit` does not mention the journal.
dpkg --audit | grep -q . && echo interrupted
find /var/lib/dpkg/updates -name '[0-9]*' 2> /dev/null | grep -q . && echo interrupted

for package; do
  # "abc" is how dpkg prints the state: wanted, is, error; anything but "ii " is not properly there.
  case $(dpkg-query --show --showformat '${db:Status-Abbrev}' "$package" 2> /dev/null) in
    "ii " | "hi ") ;;
    *) echo "missing $package" ;;
  esac
done

# apt touches lists/partial at every update, also where no list has changed.
find /var/lib/apt/lists -maxdepth 1 -name '*Release' 2> /dev/null | grep -q . &&
  find /var/lib/apt/lists/partial -maxdepth 0 -mmin "-$max_age" 2> /dev/null | grep -q . || echo stale

# A power cut can leave lists empty or short. As long as the mirror's release is the same, apt takes them for current and
# then knows no packages; so their sizes are compared with those that the release names. apt stores a compressed list in
# another form than the mirror does, hence only plain ones.
lists=/var/lib/apt/lists
find "$lists" -maxdepth 1 -type f -name '*Release' -size 0 -printf 'damaged %p\n' 2> /dev/null
find "$lists" -maxdepth 1 -type f -name '*_*' ! -name '*Release' -printf '%s %f\n' 2> /dev/null | awk -v lists="$lists" '
  FILENAME == "-" { size[$2] = $1; next }
  FNR == 1 { prefix = FILENAME; sub(/.*\//, "", prefix); sub(/(In)?Release$/, "", prefix) }
  NF == 3 && length($1) == 64 && $3 !~ /[.](gz|xz|bz2|lz4|lzma|zst)$/ {
    name = $3; gsub("/", "_", name); name = prefix name
    if (name in size && size[name] != $2) print "damaged " lists "/" name
  }' - "$lists"/*Release 2> /dev/null

[ -d /etc/needrestart ] && echo needrestart
exit 0
