# rigprov test stand-in. A container has its controller's kernel; this notes which one the machine would have booted, for
# `uname` and the files that name the kernel: the newest in /boot, as a boot loader takes it.
set -e
mkdir -p /run/stand-in
cd /boot
release=$(ls vmlinuz-* | sed 's/^vmlinuz-//' | sort -V | tail -n 1)
echo "$release" > /run/stand-in/osrelease
echo "Linux version $release (rigprov test stand-in) (x86_64-linux-gnu-gcc-12 (stand-in) 12.3.0)" > /run/stand-in/version

# With the file /etc/stand-in/card it behaves as if a card were in: what would drive it is in /sys/module, nouveau unless the
# initramfs keeps it off, NVIDIA's module where there is one for this kernel.
if [ -e /etc/stand-in/card ]; then
  mount -o remount,rw /sys # the container's own; the controller's parts of it are mounted below, and stay read-only
  mkdir /sys/module
  if ! tar -xOf "initrd.img-$release" 2> /dev/null | grep -q '^blacklist nouveau'; then
    mkdir /sys/module/nouveau
  elif found=$(find "/lib/modules/$release" -name nvidia.ko | grep .); then
    mkdir /sys/module/nvidia
    modinfo -F version "$(echo "$found" | head -n 1)" > /sys/module/nvidia/version
  fi
fi
for name in version sys/kernel/osrelease; do
  mount --bind "/run/stand-in/${name##*/}" "/proc/$name"
done
