# Asks a machine with an NVIDIA GPU, layer by layer, what works. Needs only a POSIX shell (dash and busybox included).
#
# `probe NAME LIMIT` runs the line on its standard input, in the background, for at most LIMIT seconds; each becomes one
# file of a recording. `settle SECONDS` waits for those that were begun: what comes after may depend on them.
# It changes nothing. Asking the driver makes it load its module and make its device nodes, as nvidia-smi always does;
# that is why the first stage looks at both before anybody asks. @NONCE@ and the programs are filled in by rigprov.
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/snap/bin:/usr/lib/wsl/lib"
umask 077
dir=
for parent in /run /dev/shm "${TMPDIR:-/tmp}" /var/tmp; do
    dir=$(mktemp -d "$parent/rigprov.XXXXXXXX" 2>/dev/null) && break
done
[ -n "$dir" ] || { echo "@NONCE@ failed no directory for temporary files can be written"; exit 1; }
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
export RIGPROV_PROBE="$dir"
cat >"$dir/cuda_kernel.py" <<'RIGPROV_PROGRAM'
@CUDA_KERNEL@
RIGPROV_PROGRAM
cat >"$dir/container.sh" <<'RIGPROV_PROGRAM'
@CONTAINER@
RIGPROV_PROGRAM
names=
within() { shift; "$@"; }
if command -v timeout >/dev/null 2>&1; then
    within() { timeout "$@"; }
fi
pause=0.05 a_second=20
sleep $pause 2>/dev/null || { pause=1; a_second=1; }

probe() {
    name=$1 limit=$2
    names="$names $name"
    cmd=$(cat)
    printf '%s\n' "$cmd" >"$dir/$name.cmd"
    { within "$limit" sh -c "$cmd" >"$dir/$name.out" 2>"$dir/$name.err"; echo $? >"$dir/$name.rc"; } </dev/null >/dev/null 2>&1 &
}

# A command that hangs in the kernel cannot be killed, so `wait` might never return: look for the results instead.
settle() {
    left=$(($1 * a_second))
    for name in $names; do
        while [ ! -s "$dir/$name.rc" ] && [ "$left" -gt 0 ]; do
            sleep $pause
            left=$((left - 1))
        done
    done
}

# --- What kind of machine
probe uname 3 <<'END'
uname -srm
END
probe boot-id 3 <<'END'
cat /proc/sys/kernel/random/boot_id
END
probe clock 3 <<'END'
sed -n 's/^btime /boot=/p' /proc/stat; date '+now=%s%nzone=%z'
END
probe init 3 <<'END'
cat /proc/1/comm
END
probe marks 3 <<'END'
for f in /.dockerenv /run/.containerenv /run/systemd/container /run/systemd/system /root/.vast_containerlabel /etc/vast_containerlabel /etc/rp_environment /proc/sys/fs/binfmt_misc/WSLInterop /run/WSL; do [ -e "$f" ] && echo "$f"; done; :
END
probe detect-virt 3 <<'END'
command -v systemd-detect-virt >/dev/null || exit 127; echo "container=$(systemd-detect-virt --container)"; echo "vm=$(systemd-detect-virt --vm)"
END
probe container-kind 3 <<'END'
cat /run/systemd/container
END
probe environment-names 3 <<'END'
{ tr '\0' '\n' </proc/1/environ; env; } | grep -oE '^(RUNPOD_POD_ID|VAST_CONTAINERLABEL|KUBERNETES_SERVICE_HOST|WSL_DISTRO_NAME|container)=' | tr -d = | sort -u
END
probe dmi 3 <<'END'
cd /sys/class/dmi/id && for f in sys_vendor product_name product_version chassis_asset_tag board_vendor board_name bios_vendor; do read -r v <$f && echo "$f=$v"; done; :
END

# --- The bus
probe pci 5 <<'END'
cd /sys/bus/pci/devices && for d in *; do [ -e "$d/vendor" ] || continue; o=$d; for f in vendor device class subsystem_vendor subsystem_device; do read -r v <"$d/$f"; o="$o $v"; done; m=-; [ -e "$d/driver" ] && m=$(readlink "$d/driver"); echo "$o ${m##*/}"; done
END
probe pci-config 5 <<'END'
cd /sys/bus/pci/devices && for d in *; do read -r v <"$d/vendor" && read -r c <"$d/class" || continue; case $v$c in 0x10de0x03*) echo "$d $(od -An -tx1 -N4 "$d/config" 2>&1 | tr -d '\n')";; esac; done 2>/dev/null; :
END
probe pci-slots 3 <<'END'
for s in /sys/bus/pci/slots/*; do [ -r "$s/address" ] && echo "${s##*/} $(cat "$s/address")"; done; :
END

# --- The module; Debian gives its file another name
probe modules 3 <<'END'
cut -d ' ' -f 1 /proc/modules
END
probe nvidia-version 3 <<'END'
cat /proc/driver/nvidia/version
END
probe nvidia-module 3 <<'END'
for m in nvidia nvidia-current nvidia-current-open; do modinfo -F version $m && exit; done; exit 1
END
probe nvidia-module-kind 5 <<'END'
for m in nvidia nvidia-current nvidia-current-open; do f=$(modinfo -n $m) && echo "file=$f" && echo "license=$(modinfo -F license $m)" && echo "signer=$(modinfo -F signer $m)" && exit; done; exit 1
END
probe module-kernels 5 <<'END'
for k in /lib/modules/*/; do k=${k%/}; [ -d "$k" ] || continue; m=$(find "$k/" -name 'nvidia.ko*' -o -name 'nvidia-current.ko*' -o -name 'nvidia-current-open.ko*' -o -name 'nvidia-tesla*[0-9].ko*' 2>/dev/null | head -n 1); echo "${k##*/} ${m:--}"; done
END
probe dkms-status 10 <<'END'
dkms status
END
probe modprobe-rules 3 <<'END'
grep -rsE '^[[:space:]]*(blacklist|install)[[:space:]]+(nouveau|nova_core|nvidia)' /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d | sort -u
END
probe initramfs 15 <<'END'
grep -qE '^(nouveau|nova_core) ' /proc/modules || exit 3; i=/boot/initrd.img-$(uname -r); stat -c '%Y %n' "$i" /etc/modprobe.d/* 2>/dev/null; lsinitramfs "$i" | grep -E '(nouveau|nova_core)\.ko|modprobe\.d/'
END
probe cmdline 3 <<'END'
cat /proc/cmdline
END
probe secure-boot 3 <<'END'
[ -d /sys/firmware/efi ] || { echo no-efi; exit 0; }; od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c || mokutil --sb-state
END
probe lockdown 3 <<'END'
cat /sys/kernel/security/lockdown
END
probe module-log 8 <<'END'
journalctl -b -q --no-pager -o short -u systemd-modules-load -u nvidia-persistenced -u nvidia-fabricmanager | tail -n 80
END

# --- Versions
probe libraries 5 <<'END'
for f in $(ldconfig -p | sed -n 's,.* => \(/.*/lib\(nvidia-ml\|cuda\)\.so[.0-9]*\)$,\1,p' | sort -u) /usr/lib/wsl/lib/libcuda.so.1; do [ -e "$f" ] && echo "$f $(readlink -f "$f")"; done; :
END
probe packages 5 <<'END'
dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' | grep -E '^[a-zA-Z]{2}. (nvidia|libnvidia|libcuda|cuda-drivers|linux-modules-nvidia|linux-objects-nvidia|docker|containerd|dkms)'
END
probe apt-history 5 <<'END'
l=/var/log/apt/history.log; { [ -r $l.1.gz ] && gzip -dc $l.1.gz; cat $l; } | awk 'BEGIN {RS = ""; ORS = "\n\n"} /nvidia|libcuda/' | cut -c 1-4000 | tail -n 200
END

# --- The driver's interfaces, before anybody asks
probe nodes-before 3 <<'END'
for f in /dev/nvidia* /dev/dxg; do [ -c "$f" ] && stat -c '%Z %A %n' "$f"; done; :
END
probe persistenced 3 <<'END'
systemctl show nvidia-persistenced.service -p LoadState -p ActiveState -p UnitFileState
END
probe fabric-manager 4 <<'END'
systemctl show nvidia-fabricmanager.service -p LoadState -p ActiveState -p Result; v=$(nv-fabricmanager --version 2>/dev/null); echo "version=$v"
END

# --- Containers
probe docker-info 10 <<'END'
docker info --format '{{json .}}'
END
probe docker-snap 3 <<'END'
ls -d /var/snap/docker
END
probe docker-where 3 <<'END'
command -v docker || exit 127; readlink -f "$(command -v docker)"; for f in /usr/bin/dockerd /usr/sbin/dockerd /opt/docker-desktop; do [ -e $f ] && echo $f; done; :
END
probe docker-context 4 <<'END'
[ -z "$DOCKER_HOST" ] || echo "DOCKER_HOST=$DOCKER_HOST"; for f in /root/.docker/config.json /home/*/.docker/config.json; do [ -r "$f" ] && grep -Ho '"currentContext": *"[^"]*"' "$f"; done; :
END
probe containerd-root 3 <<'END'
[ -e /etc/containerd/config.toml ] || exit 3; sed -n '/^[[:space:]]*\[/q; s/^[[:space:]]*root[[:space:]]*=[[:space:]]*//p' /etc/containerd/config.toml
END
probe toolkit 4 <<'END'
for t in nvidia-ctk nvidia-container-runtime nvidia-container-runtime-hook nvidia-container-cli nvidia-cdi-hook; do command -v $t; done; nvidia-ctk --version 2>/dev/null | head -n 1; sed -n '/^[^#]*no-cgroups/p' /etc/nvidia-container-runtime/config.toml 2>/dev/null; [ -n "$(command -v nvidia-ctk nvidia-container-cli nvidia-container-runtime)" ]
END
probe cdi 5 <<'END'
for f in /etc/cdi/* /var/run/cdi/*; do grep -qs nvidia.com/gpu "$f" || continue; echo "==> $f"; grep -oE '/[^" ]*lib(cuda|nvidia-ml)\.so\.[0-9][0-9.]*' "$f" | sort -u | sed 's/^/library /'; sed -n 's/.*hostPath"*: *"*\(\/[^", ]*\).*/\1/p' "$f" | sort -u | while read -r p; do [ -e "$p" ] || echo "missing $p"; done; done; :
END
probe cdi-refresh 4 <<'END'
systemctl show nvidia-cdi-refresh.service -p LoadState -p ActiveState -p Result
END
probe ip-forward 3 <<'END'
cat /proc/sys/net/ipv4/ip_forward
END
probe image-room 4 <<'END'
r=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null); for d in "${r:-/var/lib/docker}" /var/lib/containerd; do [ -d "$d" ] && df -P -k "$d" | awk -v d="$d" 'NR > 1 {print d, $2, $4, $6}'; done; :
END

# --- The engine
probe engine-config 3 <<'END'
[ -e /etc/rigprov/llm/server.json ] || exit 3; cat /etc/rigprov/llm/server.json
END
probe engine-status 5 <<'END'
rigprov-llm status
END
probe engine-ready 8 <<'END'
command -v rigprov-llm >/dev/null || exit 127; rigprov-llm wait 3
END
probe engine-unit 4 <<'END'
systemctl show rigprov-llm.service -p LoadState -p ActiveState -p SubState -p Result -p NRestarts -p ExecMainStartTimestampMonotonic; echo "pids=$(tr '\n' ' ' </sys/fs/cgroup/system.slice/rigprov-llm.service/cgroup.procs 2>/dev/null)"
END
probe engine-log 8 <<'END'
command -v rigprov-llm >/dev/null || exit 127; rigprov-llm logs 20000 2>&1 | grep -aE 'loaded meta data|offloaded|buffer size|using device|Device [0-9]+:|CUDA|cuda|PTX|no usable GPU|ggml_vulkan|kernel image|display driver|[Ee]rror|out of memory' | tail -n 300; :
END
settle 20

# --- The driver is asked
probe nvidia-smi 20 <<'END'
nvidia-smi --query-gpu=index,name,uuid,memory.total,mig.mode.current,driver_version --format=csv,noheader,nounits
END
probe smi-state 20 <<'END'
nvidia-smi --query-gpu=index,pci.bus_id,persistence_mode,compute_mode,memory.used --format=csv,noheader,nounits
END
probe smi-processes 20 <<'END'
nvidia-smi --query-compute-apps=pid,gpu_bus_id,used_memory --format=csv,noheader,nounits
END
settle 25
probe nodes-after 3 <<'END'
for f in /dev/nvidia* /dev/dxg; do [ -c "$f" ] && stat -c '%Z %A %n' "$f"; done; :
END

# --- Something is run
probe cuda-kernel 45 <<'END'
command -v python3 >/dev/null || exit 127; python3 -B -I "$RIGPROV_PROBE/cuda_kernel.py"
END
probe container-run 90 <<'END'
command -v docker >/dev/null || exit 127; grep -q 0x10de /sys/bus/pci/devices/*/vendor || exit 5; sh "$RIGPROV_PROBE/container.sh"
END
probe container-inside 40 <<'END'
command -v docker >/dev/null || exit 127; for c in $(docker ps -q | head -n 30); do docker inspect --format '{{.Name}} {{.HostConfig.Runtime}} {{json .HostConfig.DeviceRequests}}' "$c" | grep -iE 'nvidia|gpu' | while read -r what; do echo "==> $what"; docker exec "$c" nvidia-smi -L </dev/null 2>&1; echo "--> exit $?"; done; done | head -n 60; :
END
settle 95

# --- What the kernel said to all of it
probe kernel-log 10 <<'END'
l=$(journalctl -k -b -q --no-pager -o short-monotonic 2>/dev/null); [ -n "$l" ] || l=$(dmesg) || exit $?; printf '%s\n' "$l" | grep -aiE 'nvrm|nvidia|nouveau|nova[-_]core|vfio|lockdown|is rejected|PKCS#7|BAR [0-9]+|10de:|AER: ' | tail -n 600; :
END
settle 12
for name in $names; do
    echo "@NONCE@ begin $name"
    cat "$dir/$name.cmd"
    echo "@NONCE@ out"
    cat "$dir/$name.out"
    echo
    echo "@NONCE@ err"
    cat "$dir/$name.err"
    echo
    rc=124
    [ -s "$dir/$name.rc" ] && read -r rc <"$dir/$name.rc"
    echo "@NONCE@ end $rc"
done
echo "@NONCE@ complete"
