# rigprov test stand-in. A container has its controller's kernel; this notes which one the machine would have booted, for
# `uname` and the files that name the kernel: the newest in /boot, as a boot loader takes it.
set -e
mkdir -p /run/stand-in
cd /boot
release=$(ls vmlinuz-* | sed 's/^vmlinuz-//' | sort -V | tail -n 1)
echo "$release" > /run/stand-in/osrelease
echo "Linux version $release (rigprov test stand-in) (x86_64-linux-gnu-gcc-12 (stand-in) 12.3.0)" > /run/stand-in/version

# With the file /etc/stand-in/card it behaves as if a card were in: what would drive it is in /sys/module, nouveau unless the
# initramfs keeps it off, NVIDIA's module where there is one for this kernel. With a device id in that file the card is on the PCI
# bus as well, driven by what is in /sys/module, and nothing says that the machine is a container.
driver=
if [ -e /etc/stand-in/card ]; then
  mount -o remount,rw /sys # the container's own; the controller's parts of it are mounted below, and stay read-only
  mkdir /sys/module
  if ! tar -xOf "initrd.img-$release" 2> /dev/null | grep -q '^blacklist nouveau'; then
    mkdir /sys/module/nouveau
    driver=nouveau
  elif found=$(find "/lib/modules/$release" -name nvidia.ko | grep .); then
    mkdir /sys/module/nvidia
    modinfo -F version "$(echo "$found" | head -n 1)" > /sys/module/nvidia/version
    driver=nvidia
  fi
fi
if [ -s /etc/stand-in/card ]; then
  mount -t tmpfs -o mode=0755 stand-in /sys/bus/pci
  card=/sys/bus/pci/devices/0000:01:00.0
  mkdir -p "$card"
  echo 0x10de > "$card/vendor"
  cat /etc/stand-in/card > "$card/device"
  echo 0x030000 > "$card/class" # a VGA controller
  echo 0x10de > "$card/subsystem_vendor"
  echo 0x0000 > "$card/subsystem_device"
  if [ -n "$driver" ]; then
    mkdir -p "/sys/bus/pci/drivers/$driver"
    ln -s "../../drivers/$driver" "$card/driver"
    ln -s ../../devices/0000:01:00.0 "/sys/bus/pci/drivers/$driver/0000:01:00.0"
  fi
  if [ "$driver" = nvidia ]; then
    mount -t tmpfs -o mode=0755 stand-in /proc/driver
    mkdir /proc/driver/nvidia
    kind=$(modinfo -F license "$(echo "$found" | head -n 1)" | grep -q GPL && echo "Open Kernel Module for x86_64" || echo "x86_64 Kernel Module")
    echo "NVRM version: NVIDIA UNIX $kind  $(cat /sys/module/nvidia/version)  (rigprov test stand-in)" > /proc/driver/nvidia/version
  fi
  printf '#!/bin/sh\n# rigprov test stand-in\necho none\nexit 1\n' > /usr/local/bin/systemd-detect-virt
  chmod 0755 /usr/local/bin/systemd-detect-virt
  rm -f /run/systemd/container
  : > /run/stand-in/environ
  mount --bind /run/stand-in/environ /proc/1/environ
fi
for name in version sys/kernel/osrelease; do
  mount --bind "/run/stand-in/${name##*/}" "/proc/$name"
done
