#!/bin/sh
# Puts a disk's boot loader in place, as an installer does. Arguments: the disk's image, a new folder. To be run in a mount
# namespace of its own, with which everything that is mounted here goes.
set -eu

disk=$1
work=$2
loop=$(losetup --find --show --partscan "$disk")
trap 'umount -R "$work/root" || true; losetup --detach "$loop"' EXIT
name=${loop#/dev/}
partx --update "$loop" # for a kernel that does not read this kind of partition table

# A /dev with no more than GRUB looks at. udev's link is what makes it name the root file system by its UUID.
mkdir "$work" "$work/dev" "$work/root"
mount -t tmpfs dev "$work/dev"
for node in "$name" "${name}p1" "${name}p2"; do
  IFS=: read -r major minor < "/sys/class/block/$node/dev"
  mknod "$work/dev/$node" b "$major" "$minor"
done
mknod "$work/dev/null" c 1 3
mknod "$work/dev/urandom" c 1 9
mkdir -p "$work/dev/disk/by-uuid"
ln -s "/dev/${name}p2" "$work/dev/disk/by-uuid/$(blkid -p -s UUID -o value "$work/dev/${name}p2")"

mount --bind "$work/dev" /dev # this namespace's alone
mount "/dev/${name}p2" "$work/root"
mount --bind /dev "$work/root/dev"
mount -t proc proc "$work/root/proc"
mount -t sysfs -o ro sysfs "$work/root/sys"
chroot "$work/root" grub-install --target=i386-pc "$loop"
chroot "$work/root" update-grub
