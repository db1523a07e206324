#!/bin/sh
# Runs inside a root file system that is becoming Ubuntu-shaped, when its files are in place. $1: its kernel, "5.15.0-190-generic".
set -eu

kernel=$1
pool=/srv/stand-in/www/pool/ubuntu
export DEBIAN_FRONTEND=noninteractive
cd "$pool"
dpkg --install initramfs-tools_*.deb ubuntu-drivers-common_*.deb "linux-image-${kernel}"_*.deb "linux-modules-${kernel}"_*.deb \
  "linux-modules-extra-${kernel}"_*.deb "linux-headers-${kernel}"_*.deb \
  linux-generic_*."${2}".*.deb linux-image-generic_*."${2}".*.deb linux-headers-generic_*."${2}".*.deb > /dev/null

mv /usr/bin/uname /usr/bin/uname.controller
install -m 755 /srv/stand-in/uname.sh /usr/bin/uname
for folder in /etc/python3.*; do
  cat /srv/stand-in/kernel_name.py >> "$folder/sitecustomize.py"
done
update-ca-certificates > /dev/null 2>&1
systemctl enable --quiet /srv/stand-in/stand-in-sites.service /srv/stand-in/stand-in-boot.service
