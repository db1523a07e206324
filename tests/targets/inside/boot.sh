# rigprov test stand-in. A container has its controller's kernel; this notes which one the machine would have booted, for
# `uname` and the files that name the kernel: the newest in /boot, as a boot loader takes it.
set -e
mkdir -p /run/stand-in
cd /boot
release=$(ls vmlinuz-* | sed 's/^vmlinuz-//' | sort -V | tail -n 1)
echo "$release" > /run/stand-in/osrelease
echo "Linux version $release (rigprov test stand-in) (x86_64-linux-gnu-gcc-12 (stand-in) 12.3.0)" > /run/stand-in/version
for name in version sys/kernel/osrelease; do
  mount --bind "/run/stand-in/${name##*/}" "/proc/$name"
done
