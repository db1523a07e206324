#!/bin/sh
# Runs inside a freshly built root file system of a virtual machine. Who may log in, host name and host key are cloud-init's
# business, on the first boot of each machine.
set -eu

# The boot loader's settings: no waiting, and a console on the serial line.
cat > /etc/default/grub <<X
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=ttyS0"
GRUB_TERMINAL=console
X
echo 'grub-pc grub-pc/install_devices multiselect /dev/vda' | debconf-set-selections
echo 'LABEL=root / ext4 defaults,noatime,errors=remount-ro 0 1' > /etc/fstab

cat > /etc/systemd/network/20-dhcp.network <<X
[Match]
Type=ether

[Network]
DHCP=yes
X
systemctl enable --quiet systemd-networkd systemd-resolved

cat > /etc/cloud/cloud.cfg.d/90-target.cfg <<X
datasource_list: [NoCloud]
apt: {preserve_sources_list: true}
network: {config: disabled}
locale: false
X

cat > /etc/ssh/sshd_config.d/10-cloud.conf <<X
PermitRootLogin no
PasswordAuthentication no
UseDNS no
X
rm -f /etc/ssh/ssh_host_*

update-ca-certificates > /dev/null

# Nothing may fetch packages behind a test's back.
systemctl mask --quiet systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer
rm -f /etc/apt/sources.list /etc/apt/apt.conf.d/99mmdebstrap
: > /etc/machine-id
