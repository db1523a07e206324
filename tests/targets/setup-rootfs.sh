#!/bin/sh
# Runs inside a freshly built root file system: the settings that a cloud image's first boot would have made.
# Identity (hostname, host key, machine id) is not made here: each machine gets its own.
set -eu

useradd --create-home --shell /bin/bash --groups sudo ops
echo 'ops ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-ops
chmod 440 /etc/sudoers.d/90-ops
install -d -m 700 -o ops -g ops /home/ops/.ssh
install -m 600 -o ops -g ops /run/rigprov-key.pub /home/ops/.ssh/authorized_keys

cat > /etc/ssh/sshd_config.d/10-cloud.conf <<X
PermitRootLogin no
PasswordAuthentication no
UseDNS no
X
rm -f /etc/ssh/ssh_host_*

update-ca-certificates > /dev/null

# A container has no consoles, and nothing may fetch packages behind a test's back.
systemctl mask --quiet getty.target console-getty.service systemd-firstboot.service \
  apt-daily.timer apt-daily-upgrade.timer
rm -f /etc/apt/sources.list /etc/apt/apt.conf.d/99mmdebstrap
: > /etc/machine-id
