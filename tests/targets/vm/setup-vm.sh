#!/bin/sh
# Runs inside a freshly built root file system of a virtual machine, after setup-rootfs.sh.
set -eu

# The boot loader's settings: no waiting, and a console on the serial line. An emulated processor is slower still with guards
# against leaks it does not have, and with a clock that it reads from a device because it mistrusts its own.
cat > /etc/default/grub <<X
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=ttyS0 mitigations=off tsc=reliable"
GRUB_TERMINAL=console
X
echo 'grub-pc grub-pc/install_devices multiselect /dev/vda' | debconf-set-selections
echo 'LABEL=root / ext4 defaults,noatime,errors=remount-ro 0 1' > /etc/fstab
# an initramfs with what this machine needs is a fifth of one for all machines, and is unpacked by an emulated processor
sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
printf '%s\n' virtio_pci virtio_blk >> /etc/initramfs-tools/modules
update-initramfs -u > /dev/null

cat > /etc/systemd/network/20-dhcp.network <<X
[Match]
Type=ether

[Network]
DHCP=yes
X
systemctl enable --quiet systemd-networkd
# QEMU's own name server: one program less to start
systemctl disable --quiet systemd-resolved
rm -f /etc/resolv.conf
echo 'nameserver 10.0.2.3' > /etc/resolv.conf
systemctl mask --quiet e2scrub_reap.service
# a user's manager is started at the first login, not at each
install -d /etc/systemd/logind.conf.d
printf '[Login]\nUserStopDelaySec=infinity\n' > /etc/systemd/logind.conf.d/10-target.conf

# With a disk labelled cidata cloud-init does its work; without one it finds nothing to do and stays out of the way, and the
# machine takes its name and host key from a tar file that comes as a disk.
cat > /etc/cloud/cloud.cfg.d/90-target.cfg <<X
datasource_list: [NoCloud, ConfigDrive]
apt: {preserve_sources_list: true}
network: {config: disabled}
locale: false
X
cat > /etc/systemd/system/first-boot.service <<X
[Unit]
Description=Name and host key of this machine
DefaultDependencies=no
After=systemd-remount-fs.service systemd-udevd.service
Before=sysinit.target network-pre.target
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'udevadm wait --timeout=60 /dev/disk/by-id/virtio-RPSEED && tar -xf /dev/disk/by-id/virtio-RPSEED -C / && hostname -F /etc/hostname'

[Install]
WantedBy=sysinit.target
X
systemctl enable --quiet first-boot.service
