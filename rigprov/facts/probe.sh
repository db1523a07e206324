# Asks a machine what it is. Changes nothing; needs only a POSIX shell (dash and busybox included).
#
# `probe NAME LIMIT` notes the line on its standard input; `start` runs what was noted, in the background, each line for at most
# LIMIT seconds. `look NAME` runs it at once and without a limit, for lines that only read files of the kernel or of the system;
# `copy NAME PATH` takes such a file as it is. Each becomes one file of a recording. Lines must work without root, and say by
# their exit status when they could not.
# @NONCE@ and the @...@ words in the addresses are filled in by rigprov.
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/snap/bin:/usr/lib/wsl/lib"
umask 077
dir=
# Memory first: a machine with a full disk must still be able to tell that it is full.
for parent in /run /dev/shm "${TMPDIR:-/tmp}" /var/tmp; do
    dir=$(mktemp -d "$parent/rigprov.XXXXXXXX" 2>/dev/null) && break
done
[ -n "$dir" ] || { echo "@NONCE@ failed no directory for temporary files can be written"; exit 1; }
export RIGPROV_PROBE="$dir"
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
names=
uid=$(id -u)
export uid
# Limits are for a machine that starts a program in up to 10 ms. Where that takes longer (an emulated processor, a small board that
# is busy) everything does, and what is cut off would be taken for what cannot be read: up to ten times as long there.
slow=1
before=$(date +%s%N) after=$(date +%s%N)
case $before$after in
    *[!0-9]*) ;; # a clock without fractions
    *) slow=$(((after - before) / 10000000)) ;;
esac
[ "$slow" -ge 1 ] || slow=1
[ "$slow" -le 10 ] || slow=10
# What a name server's lost answer costs: the question is asked again after a second, not after five.
export RES_OPTIONS="timeout:1 attempts:4 ${RES_OPTIONS:-}"
# Seconds for a source to answer. QUICK: what it said last time is known, so that it is neither waited for nor asked twice.
quick=@QUICK@
patience=$((4 * slow))
[ -z "$quick" ] || patience=1
export patience
within() { shift; "$@"; }
if command -v timeout >/dev/null 2>&1; then
    # KILL: stopped by TERM, bash would still run the line's end, and note that all went well.
    within() { seconds=$(($1 * slow)) && shift && timeout -s KILL "$seconds" "$@"; }
fi

# Whoever ends says so here, and nobody has to look for it again and again. Opened for both directions, it never blocks.
mkfifo "$dir/ended" || { echo "@NONCE@ failed no named pipe can be made in $dir"; exit 1; }
exec 3<>"$dir/ended"

begin() {
    names="$names $1"
    printf '%s\n' "@NONCE@ begin $1" "$2" "@NONCE@ out" >"$dir/$1.cmd"
}
# Copied to the output at the end: no program is started for it. With ABSENT that is the exit status where there is none.
copy() { # NAME PATH [ABSENT]
    begin "$1" "cat $2"
    : >"$dir/$1.out"
    : >"$dir/$1.err"
    rc=1 why=
    if [ -d "$2" ]; then
        why='Is a directory'
    elif [ -r "$2" ]; then
        names="$names=$2" rc=0
    elif [ -e "$2" ] || [ -L "$2" ]; then
        why='Permission denied'
    elif [ -n "${3:-}" ]; then
        rc=$3
    else
        why='No such file or directory'
    fi
    [ -z "$why" ] || echo "cat: $2: $why" >"$dir/$1.err"
    echo "$rc" >"$dir/$1.rc"
}
# To start programs is most of the work of about 80 lines: all of one limit share one `timeout` and one `sh`.
batch=1
probe() {
    IFS= read -r cmd
    begin "$1" "$cmd"
    echo "$1" >>"$dir/$batch.limit-$2"
}
start() {
    for limit in "$dir/$batch".limit-*; do
        [ -e "$limit" ] || continue
        {
            within "${limit##*-}" sh -c "$together" <"$limit"
            # What was stopped could not write it itself.
            while read -r name; do [ -s "$dir/$name.rc" ] || echo 124 >"$dir/$name.rc"; done <"$limit"
            echo >&3
        } </dev/null >/dev/null 2>&1 &
    done
    batch=$((batch + 1))
}
# A line may end its shell, so the end's own command notes how: a shell around each would be another one to start.
together='while read -r name; do to=$RIGPROV_PROBE/$name; { read -r cmd; IFS= read -r cmd; } <"$to.cmd"
    { trap "echo \$? >\"$to.rc\"; echo >&3" EXIT; eval "$cmd"; exit; } </dev/null >"$to.out" 2>"$to.err" &
done; wait'
look() {
    IFS= read -r cmd
    begin "$1" "$cmd"
    to=$dir/$1
    { trap "echo \$? >\"$to.rc\"; echo >&3" EXIT; eval "$cmd"; exit; } </dev/null >"$to.out" 2>"$to.err" &
}

# What `reach` noted is asked by one curl, which reads its certificates once; where there is none, or one that cannot ask side by
# side, by a program each.
sources() {
    {
        within 9 sh -c "$side_by_side" <"$dir/sources"
        if [ $? = 2 ]; then
            while read -r name _; do echo "$name"; done <"$dir/sources" | within 9 sh -c "$together"
        fi
        while read -r name _; do [ -s "$dir/$name.rc" ] || echo 124 >"$dir/$name.rc"; done <"$dir/sources"
        echo >&3
    } </dev/null >/dev/null 2>&1 &
}
side_by_side='command -v curl || exit 2
cd "$RIGPROV_PROBE" || exit; set --
while read -r name word; do
    eval "u=$word" </dev/null
    : >"$name.err"
    [ -n "$u" ] || { : >"$name.out"; echo 1 >"$name.rc"; continue; }
    echo "$u" >"$name.out"
    : >"$name.head"
    set -- "$@" -o "$name.head" "$u"
done
curl -sS -Z -I --suppress-connect-headers -m "$patience" "$@" </dev/null 2>curl.err
rc=$?
[ $rc != 2 ] || exit 2
while [ $# -gt 0 ]; do
    name=${2%.head} code=000 host=${3#*://} host=${host%%[/:]*}
    [ ! -s "$2" ] || read -r _ code _ <"$2"
    code=${code%%[!0-9]*}
    echo "$code" >>"$name.out"
    if [ "$code" = 000 ]; then
        while IFS= read -r line; do case $line in *"$host"*) echo "$line" >>"$name.err" ;; esac; done <curl.err
        # Of time that ran out curl does not say where.
        [ -s "$name.err" ] || while IFS= read -r line; do echo "$line" >>"$name.err"; done <curl.err
        echo $rc >"$name.rc"
    else
        echo 0 >"$name.rc"
    fi
    shift 3
done'

# --- Slow ones first
# All packages, for the lines that look for some; none where there is no dpkg.
within 5 dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' >"$dir/dpkg" 2>"$dir/dpkg.err" </dev/null
reach() {
    IFS= read -r cmd <<END
u=$2; [ -n "\$u" ] || exit 1; echo "\$u"; if command -v curl >/dev/null; then curl -sS -o /dev/null -I -m \$patience -w '%{http_code}\n' "\$u"; elif command -v wget >/dev/null; then wget -S --spider -t 1 -T \$patience "\$u" 2>&1 | sed -n 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' | tail -n 1 | grep .; elif command -v python3 >/dev/null; then python3 -c 'import http.client as h, sys, urllib.parse as u; a = u.urlsplit(sys.argv[1]); c = h.HTTPSConnection(a.netloc.split("@")[-1], timeout=4); c.request("HEAD", a.path); print(c.getresponse().status)' "\$u"; else echo 'neither curl, wget nor python3 is installed' >&2; exit 127; fi
END
    begin "reach-$1" "$cmd"
    printf '%s\n' "reach-$1 $2" >>"$dir/sources"
}
@REACH@
sources
# What rigprov noted of the roles that it applied here, and the state of all that now. `docs/ledger.md` has more.
cat >"$dir/ledger.py" <<'@NONCE@'
@LEDGER@
@NONCE@
probe ledger 11 <<'END'
/usr/bin/python3 -IS "$RIGPROV_PROBE/ledger.py" '{"do": "check"}'
END
probe nvidia-smi 11 <<'END'
nvidia-smi --query-gpu=index,name,uuid,memory.total,mig.mode.current,driver_version --format=csv,noheader,nounits
END
probe compute-capability 11 <<'END'
nvidia-smi --query-gpu=compute_cap --format=csv,noheader
END
probe build-tools 8 <<'END'
for t in cmake ninja make g++; do p=$(command -v $t) && echo "==> $t $p" && "$p" --version </dev/null 2>&1 | head -n 2; done; n=$(command -v nvcc) || n=/usr/local/cuda/bin/nvcc; [ -x "$n" ] || exit 0; echo "==> nvcc $n"; "$n" --version; t=$("$n" -v __none 2>&1 | sed -n 's/^#\$ TOP=//p'); for f in "$t"/include/cublas_v2.h "$t"/targets/*/include/cublas_v2.h /usr/include/cublas_v2.h $(python3 -c 'import glob, sys; print(*(f for d in sys.path for f in glob.glob(d + "/nvidia/*/include/cublas_v2.h")))' 2>/dev/null); do [ -f "$f" ] && echo "==> cublas $f"; done; :
END
# Without Docker's client, which takes as long as all that it asks. Not all of the answer: a proxy's password is in it.
probe docker-info 8 <<'END'
i=; [ -S /var/run/docker.sock ] && i=$(curl -sf -m 4 --unix-socket /var/run/docker.sock http://localhost/info 2>/dev/null | grep -oE '"(ServerVersion|DockerRootDir|Driver|CgroupDriver)":"[^"]*"|"DriverStatus":\[(\[[^]]*\],?)*\]' | tr '\n' ,); if [ -n "$i" ]; then echo "{${i%,}}"; else docker info --format '{"ServerVersion":{{json .ServerVersion}},"DockerRootDir":{{json .DockerRootDir}},"Driver":{{json .Driver}},"DriverStatus":{{json .DriverStatus}},"CgroupDriver":{{json .CgroupDriver}}}'; fi
END
probe apt-policy 8 <<'END'
apt-cache policy $(sed -nE '/^[a-z][iUFWt]. @PACKAGES@/s/^....([^ ]*) .*/\1/p' "$RIGPROV_PROBE/dpkg" | sort -u)
END
# Every package's name is read, which takes long: only where an NVIDIA GPU may be.
probe apt-offers 8 <<'END'
a=; for f in /sys/bus/pci/devices/*/vendor; do [ -e "$f" ] && read -r v <"$f" && case $v in 0x10de) a=; break;; *) a=others;; esac; done; [ -z "$a" ] || [ -e /dev/dxg ] || [ -e /proc/driver/nvidia ] || exit 3; r=$(uname -r); f=$(echo "$r" | sed -E 's/^[^-]+(-[0-9][^-]*)*-?//'); r=$(echo "$r" | sed 's/[.+]/\\&/g'); apt-cache pkgnames >"$RIGPROV_PROBE/pkgnames"; n=$(grep -E "^(@OFFERS@|linux-modules-nvidia-[0-9]+(-server)?(-open)?-($r|$f(-.*)?)|linux-headers-($r|$f(-.*)?)|linux-image-$f(-.*)?)\$" "$RIGPROV_PROBE/pkgnames"); [ -z "$n" ] || apt-cache policy $n
END
probe nvidia-virtualisation 8 <<'END'
nvidia-smi -q | grep -E '^ *Virtualization Mode *:'
END
probe dkms-status 8 <<'END'
command -v dkms >/dev/null || exit 3; dkms status
END
probe wipefs 8 <<'END'
for n in $(lsblk -nrpo NAME,TYPE | awk '$2 != "rom" && $2 != "loop" {print $1}' | sort -u); do echo "==> $n"; wipefs --no-act --json "$n" 2>&1; echo "--> exit $?"; done
END

# Where a blank disk holds zeros and another one's traces lie: both ends (partition tables, RAID, ZFS), the copies of ext4's and
# btrfs's first block (a file system whose beginning was overwritten has no signature, and all its files), and in between.
# All disks at once: one that sleeps takes up to ten seconds until it turns. Each one's part is written in one go.
probe disk-samples 11 <<'END'
for d in /sys/block/*; do n=${d##*/}; case $n in loop*|ram*|zram*|sr*|fd*|dm-*|md*|nbd*|mtd*|rbd*|drbd*|bcache*) continue;; esac; set -- "$d/$n"?* "$d"/holders/*; [ -e "$1" ] || [ -e "$2" ] && continue; read -r s <"$d/size"; m=$((s / 2048)); [ "$m" -gt 8 ] || continue; { r= i=0 k=; while [ $i -lt 32 ]; do k="$k $((m * i / 32))"; i=$((i + 1)); done; for k in 0 1 2 3 8 24 32 64 96 128 384 640 896 $k $((m - 4)) $((m - 3)) $((m - 2)) $((m - 1)) end; do if [ $k = end ]; then k=$((m - 1)); o=$(dd if="/dev/$n" bs=512 skip=$((s - 2048)) count=2048 2>/dev/null | cmp -n 1048576 - /dev/zero 2>&1); else [ "$k" -lt "$m" ] || continue; o=$(dd if="/dev/$n" bs=1048576 skip="$k" count=1 2>/dev/null | cmp -n 1048576 - /dev/zero 2>&1); fi || { r="MiB $k: $o"; break; }; done; printf '%s\n' "==> /dev/$n" ${r:+"$r"} "--> exit"; } & done; wait
END

start

# --- The system
release=/etc/os-release
[ -r $release ] || release=/usr/lib/os-release
copy os-release $release
look uname <<'END'
uname -srm
END
copy proc-version /proc/version
copy cmdline /proc/cmdline
copy boot-id /proc/sys/kernel/random/boot_id
copy machine-id /etc/machine-id
probe python 5 <<'END'
/usr/bin/python3 -ISc 'import sys; print(sys.version.split()[0])'
END
look libc <<'END'
getconf GNU_LIBC_VERSION
END

# --- What kind of machine
probe detect-virt 5 <<'END'
command -v systemd-detect-virt >/dev/null || exit 127; echo "container=$(systemd-detect-virt --container)"; echo "vm=$(systemd-detect-virt --vm)"
END
copy init /proc/1/comm
look marks <<'END'
for f in /.dockerenv /run/.containerenv /run/systemd/container /run/systemd/system /root/.vast_containerlabel /etc/vast_containerlabel /etc/rp_environment /proc/sys/fs/binfmt_misc/WSLInterop /run/WSL; do [ -e "$f" ] && echo "$f"; done; :
END
copy container-kind /run/systemd/container
look environment-names <<'END'
{ tr '\0' '\n' </proc/1/environ; env; } | sed -nE 's/^(RUNPOD_POD_ID|RUNPOD_GPU_COUNT|RUNPOD_DC_ID|VAST_CONTAINERLABEL|DATA_DIRECTORY|KUBERNETES_SERVICE_HOST|WSL_DISTRO_NAME|container)=.*/\1/p' | sort -u; { :; } </proc/1/environ
END
look capabilities <<'END'
while read -r k v; do case $k in Cap*) printf '%s\t%s\n' "$k" "$v";; esac; done </proc/self/status
END
look dmi <<'END'
cd /sys/class/dmi/id && for f in sys_vendor product_name product_version chassis_asset_tag board_vendor board_name bios_vendor; do read -r v <$f && echo "$f=$v"; done; for f in 8:uuid 12:serial; do v=; read -r v <product_${f#*:}; printf "product_${f#*:}_start=%.${f%:*}s\\n" "$v"; done
END
look hypervisor <<'END'
cd /sys/hypervisor && cat type && cut -c1-8 uuid
END
look cloud-init <<'END'
[ -d /run/cloud-init ] || exit 3; for f in disabled enabled cloud-id status.json result.json; do [ -e /run/cloud-init/$f ] && echo "==> $f" && cat /run/cloud-init/$f; done; :
END
look board <<'END'
tr -d '\0' </proc/device-tree/model
END
probe secure-boot 5 <<'END'
[ -d /sys/firmware/efi ] || { echo no-efi; exit 0; }; od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c || mokutil --sb-state
END

# --- CPU and memory
look cpuinfo <<'END'
awk -F '[\t ]*:' '$1 == "flags" || $1 == "Features" {if (seen++) next} $1 ~ /^(processor|model name|physical id|core id|flags|Features|CPU implementer|CPU part|Hardware|Model)$/' /proc/cpuinfo
END
look nproc <<'END'
nproc
END
look l3 <<'END'
for d in /sys/devices/system/cpu/cpu[0-9]*/cache/index*; do read -r l <"$d/level" && [ "$l" = 3 ] && read -r s <"$d/size" && read -r c <"$d/shared_cpu_list" && echo "$c $s"; done 2>/dev/null | sort -u | grep .
END
copy meminfo /proc/meminfo
look cgroup <<'END'
r=/sys/fs/cgroup; p=; while IFS= read -r v; do case $v in 0::*) p=${v#0::};; esac; done </proc/self/cgroup; while :; do for f in memory.max cpu.max; do [ -r "$r$p/$f" ] && read -r v <"$r$p/$f" && echo "$f $v"; done; case $p in ''|/) break;; esac; p=${p%/*}; done; for f in memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us; do [ -r "$r/$f" ] && read -r v <"$r/$f" && echo "${f##*/} $v"; done; :
END
copy swaps /proc/swaps
probe swapon-allowed 5 <<'END'
[ "$uid" = 0 ] || { echo 'swapon(2): Permission denied' >&2; exit 1; }; case $(uname -m) in x86_64) n=167;; aarch64) n=224;; *) exit 3;; esac; command -v perl >/dev/null || exit 3; perl -e 'my $p = "/proc/none/none"; syscall($ARGV[0], $p, 0); print 0 + $!, " $!\n"' $n
END
probe swap-files 5 <<'END'
[ "$uid" = 0 ] || { echo 'swap files: Permission denied' >&2; exit 1; }; for f in $(awk '$1 ~ /^\// && (FILENAME == "/proc/swaps" || $3 == "swap") {print $1}' /proc/swaps /etc/fstab 2>/dev/null) /swapfile /swapfile.rigprov; do for p in "$f" "$f.rigprov-new"; do [ -e "$p" ] || [ -L "$p" ] || continue; echo "==> $p"; if [ -b "$p" ]; then echo kind=block; elif [ -f "$p" ] && [ ! -L "$p" ]; then echo kind=file; echo "bytes=$(stat -c %s "$p")"; else echo kind=other; continue; fi; echo "type=$(blkid -p -s TYPE -o value "$p" 2>/dev/null)"; echo "label=$(blkid -p -s LABEL -o value "$p" 2>/dev/null)"; done; done; :
END
probe swap-managers 5 <<'END'
sed -nE 's/^.i. ((rpi-swap|dphys-swapfile|systemd-zram-generator|zram-tools|swapspace)) .*/\1/p' "$RIGPROV_PROBE/dpkg"; for f in /etc/systemd/zram-generator.conf /run/systemd/zram-generator.conf /usr/lib/systemd/zram-generator.conf /etc/systemd/zram-generator.conf.d/*.conf; do [ -e "$f" ] && grep -qsE '^[[:space:]]*\[zram[0-9]' "$f" && echo zram-generator.conf && break; done; f=/etc/waagent.conf; [ -e $f ] && grep -qsiE '^ResourceDisk\.EnableSwap=y' $f && echo waagent; [ -d /etc/cloud ] && grep -qsE '^swap:' /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg /var/lib/cloud/instance/cloud-config.txt && echo cloud-init; f=/sys/module/zswap/parameters/enabled; [ -r $f ] && read -r v <$f && case $v in Y|1) echo zswap;; esac; :
END
look resume <<'END'
for f in resume resume_offset; do [ -r /sys/power/$f ] && read -r v </sys/power/$f && echo "$f=$v"; done; sed -n 's/^[[:space:]]*RESUME=/resume=/p' /etc/initramfs-tools/initramfs.conf /etc/initramfs-tools/conf.d/* 2>/dev/null; grep -hsv '^[[:space:]]*#' /proc/cmdline /etc/default/grub /etc/default/grub.d/*.cfg /etc/kernel/cmdline /boot/firmware/cmdline.txt | grep -oE "(^|[ \"'])resume(_offset)?=[^ \"']+" | sed "s/^[ \"']//"; :
END
look swappiness <<'END'
cat /proc/sys/vm/swappiness && { grep -HsE '^[[:space:]]*-?vm[./]swappiness[[:space:]]*=' /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf; :; }
END
probe btrfs 5 <<'END'
t=$(findmnt -nlo TARGET -t btrfs) || exit 0; [ "$uid" = 0 ] || { echo 'btrfs: Permission denied' >&2; exit 1; }; command -v btrfs >/dev/null || exit 127; for m in $t; do echo "==> $m"; btrfs filesystem show "$m"; btrfs filesystem df "$m"; btrfs subvolume show "$m"; done; :
END

# --- Disks
copy fstab /etc/fstab
probe lsblk 5 <<'END'
lsblk --json --bytes --output-all
END
look block-links <<'END'
for d in /sys/class/block/*; do for k in holders slaves; do for x in "$d/$k"/*; do [ -e "$x" ] && echo "${d##*/} $k ${x##*/}"; done; done; done; :
END
look by-id <<'END'
ls -l /dev/disk/by-id
END
copy mdstat /proc/mdstat 3
probe lvm 5 <<'END'
command -v pvs >/dev/null || exit 3; pvs --readonly --reportformat json --units b --nosuffix -o pv_name,vg_name,vg_free
END
probe zfs 5 <<'END'
[ -e /sys/module/zfs ] || exit 3; zpool status -P
END
copy crypttab /etc/crypttab 3
copy model-disk /var/lib/rigprov/model_storage/disk 3
probe findmnt 5 <<'END'
findmnt --json --bytes --list --output TARGET,SOURCE,FSTYPE,OPTIONS,SIZE,AVAIL
END

# --- GPUs and their driver
look pci <<'END'
cd /sys/bus/pci/devices || exit; k=; for x in /sys/bus/pci/drivers/*/*:*:*.*; do x=${x#/sys/bus/pci/drivers/}; k="$k/${x#*/}/${x%%/*}/"; done; for d in *; do [ -e "$d/vendor" ] || continue; o=$d; for f in vendor device class subsystem_vendor subsystem_device; do read -r v <"$d/$f"; o="$o $v"; done; m=-; case $k in *"/$d/"*) m=${k#*"/$d/"} m=${m%%/*};; esac; echo "$o $m"; done
END
look modules <<'END'
cut -d ' ' -f 1 /proc/modules
END
copy nvidia-version /proc/driver/nvidia/version
copy driver-record /var/lib/rigprov/nvidia_driver.json 3
probe nvidia-module 5 <<'END'
read -r k </proc/sys/kernel/osrelease; [ -d "/lib/modules/$k" ] || { echo "there are no modules of kernel $k" >&2; exit 1; }; modinfo -F version nvidia
END
probe nvidia-modinfo 5 <<'END'
read -r k </proc/sys/kernel/osrelease; [ -d "/lib/modules/$k" ] || exit 3; m=$(modinfo nvidia 2>/dev/null || modinfo nvidia-current 2>/dev/null || modinfo nvidia-current-open 2>/dev/null) || exit 3; echo "$m" | grep -E '^(filename|version|license|signer):'
END
probe kernels 5 <<'END'
for d in /lib/modules/*/; do [ -d "$d" ] || continue; r=${d%/}; r=${r##*/}; i=no h=no; [ -e "/boot/vmlinuz-$r" ] && i=yes; [ -e "$d/build/Makefile" ] && h=yes; echo "==> $r image=$i headers=$h"; find "$d" -name 'nvidia.ko*' -o -name 'nvidia-current.ko*' -o -name 'nvidia-current-open.ko*'; done; [ -d /lib/modules ]
END
probe desktop 5 <<'END'
sed -nE 's/^.i. ((gdm3|lightdm|sddm|xserver-xorg-core|gnome-shell|plasma-desktop|xfce4-session|ubuntu-desktop|raspberrypi-ui-mods)) .*/\1/p' "$RIGPROV_PROBE/dpkg"; command -v dpkg-query >/dev/null
END
look instance-type <<'END'
f=/run/cloud-init/instance-data.json; [ -r $f ] || exit 3; tr ',{' '\n\n' <$f | sed -n 's/^ *"\(vmSize\|instance_type\|instance-type\|machine-type\)": *"\([^"]*\)".*/\2/p' | head -n 1
END

# --- Packages
probe packages 5 <<'END'
[ ! -s "$RIGPROV_PROBE/dpkg.err" ] || cat "$RIGPROV_PROBE/dpkg.err" >&2; grep -E '^[a-zA-Z]{2}. @PACKAGES@' "$RIGPROV_PROBE/dpkg"
END
probe dpkg-audit 5 <<'END'
dpkg --audit
END
look apt-sources <<'END'
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do [ -f "$f" ] && echo "==> $f" && cat "$f" && echo; done; [ -d /etc/apt ]
END
look apt-origins <<'END'
grep -H -m 1 '^Origin:' /var/lib/apt/lists/*Release
END
look apt-keyrings <<'END'
for f in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/* /etc/apt/keyrings/* /usr/share/keyrings/*; do [ -f "$f" ] && echo "$f"; done; [ -d /etc/apt ]
END
probe apt-lock 5 <<'END'
stat -c '%i %n' /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock 2>/dev/null | awk 'files {name[$1] = $2; next} {n = split($6, a, ":")} $2 != "->" && a[n] in name {print name[a[n]], $5}' files=1 - files= /proc/locks | while read -r f p; do echo "$f $p $(cat "/proc/$p/comm")"; done; [ -r /proc/locks ]
END
look reboot-required <<'END'
for f in /run/reboot-required /var/run/reboot-required; do [ -e "$f" ] && { echo required; cat "$f.pkgs" 2>/dev/null; break; }; done; :
END

# --- Docker
# The running one says it in a fifth of the time.
probe dockerd-version 5 <<'END'
command -v dockerd >/dev/null || exit 127; v=$(curl -s -m 2 --unix-socket /var/run/docker.sock http://localhost/version | grep -oE '"Name":"Engine","Version":"[^"]*"' | sed -n 's/.*"Version":"\(.*\)"/Docker version \1,/p'); [ -n "$v" ] && echo "$v" || dockerd --version
END
copy docker-daemon-json /etc/docker/daemon.json 3
look containerd-root <<'END'
[ -e /etc/containerd/config.toml ] || exit 3; sed -n '/^[[:space:]]*\[/q; s/^[[:space:]]*root[[:space:]]*=[[:space:]]*//p' /etc/containerd/config.toml
END
look docker-snap <<'END'
[ -e /var/snap/docker ] && echo /var/snap/docker
END

# --- What rigprov put here earlier: a model file that is there needs no room and no download
probe model-files 5 <<'END'
d=$(sed -n 's|.*"model": *"\(/.*\)/[^/"]*".*|\1|p' /etc/rigprov/llm/server.json 2>/dev/null); for f in /srv/models/*.gguf /workspace/models/*.gguf ${d:+"$d"/*.gguf}; do [ -f "$f" ] && stat -c '%s %n' "$f"; done | sort -u; :
END

# --- A command that hangs in the kernel cannot be killed, so `wait` might never return: look for the results instead.
start
ended() {
    {
        sleep $(($1 * slow)) &
        timer=$!
        trap 'kill "$timer"; exit' TERM
        echo ready >&3
        wait "$timer"
        echo late >&3
    } </dev/null >/dev/null 2>&1 &
    alarm=$! word=
    shift
    # Before it has a trap of its own, the signal would reach this script's traps in bash, and the directory would go.
    until [ "$word" = ready ]; do read -r word <&3; done
    for name; do
        case $name in *=*) continue ;; esac
        while [ ! -s "$dir/$name.rc" ]; do
            read -r word <&3
            [ "$word" != late ] || return
        done
    done
    kill "$alarm"
}
ended 12 $names
# No source answers where there is no way out, but also for a moment: the network has just come up, or all answers came late.
# As that decides what is installed, and as nobody would look for it there, it is asked twice.
if [ -z "$quick" ] && ! grep -qsE '^[1-5][0-9][0-9]$' "$dir"/reach-*.out; then
    sleep 1
    again=
    for name in $names; do
        case $name in reach-*) ;; *) continue ;; esac
        again="$again $name"
        rm -f "$dir/$name.rc"
    done
    [ -z "$again" ] || sources
    ended 6 $again
fi
# One program prints all of it.
printf '\n@NONCE@ err\n' >"$dir/between"
set --
for name in $names; do
    out=$dir/$name.out
    case $name in *=*) out=${name#*=} name=${name%%=*} ;; esac
    rc=124
    [ -s "$dir/$name.rc" ] && read -r rc <"$dir/$name.rc"
    printf '\n@NONCE@ end %s\n' "$rc" >"$dir/$name.end"
    set -- "$@" "$dir/$name.cmd" "$out" "$dir/between" "$dir/$name.err" "$dir/$name.end"
done
cat "$@"
echo "@NONCE@ complete"
