# Run by root on a target: stand-ins for NVIDIA's CUDA and container toolkit repositories, and for repositories that are not right,
# signed with keys made on the spot and served on port 8001 of the target itself. The packages have the real names and relations
# and nothing of the real software in them; what they print says so. Prints the fingerprints of the two keys.
set -e
mkdir -p /srv/vendors && cd /srv/vendors
export GNUPGHOME=/srv/vendors-gnupg; mkdir -p -m 700 $GNUPGHOME

# package REPOSITORY NAME VERSION [CONTROL LINES]; payload lies in /tmp/payload/NAME_VERSION
package() {
  root=/tmp/payload/$2_$3
  mkdir -p $1 $root/DEBIAN
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: tests\nDescription: stand-in of the tests\n%b' "$2" "$3" "$4" \
    > $root/DEBIAN/control
  dpkg-deb --root-owner-group -Znone --build $root $1/$2_$3.deb > /dev/null
}
program() { # NAME_VERSION PATH, its lines on stdin
  mkdir -p /tmp/payload/$1/$(dirname $2)
  { echo '#!/bin/sh'; cat; } > /tmp/payload/$1/$2
  chmod 755 /tmp/payload/$1/$2
}
# publish REPOSITORY KEY [RELEASE LINES]: index and signature of a flat repository
publish() {
  ( cd $1
    for deb in *.deb; do
      dpkg-deb --field $deb; echo "Filename: ./$deb"; echo "Size: $(stat -c %s $deb)"; echo "SHA256: $(sha256sum $deb | cut -d' ' -f1)"; echo
    done > Packages
    { printf 'Origin: stand-in of the tests\nDate: %s\n%b' "${DATE:-$(date -Ru)}" "$3"
      printf 'SHA256:\n %s %s Packages\n' "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)"; } > Release
    rm -f InRelease
    [ -z "$2" ] || gpg --batch -q --local-user $2@example --clearsign -o InRelease Release )
}
if [ "$1" = again ]; then publish "$2" "$3"; exit; fi

for owner in vendor stranger; do
  gpg --batch -q --passphrase '' --quick-generate-key $owner@example ed25519 sign never
  gpg --armor --export $owner@example > $owner.asc
done
gpg --export vendor@example > binary.gpg
cat vendor.asc stranger.asc > two.asc
echo 'no key' > none.asc

program cuda-nvcc-12-9_12.9.86-1 usr/local/cuda-12.9/bin/nvcc <<'END'
echo 'stand-in of the tests, no compiler'
echo 'Cuda compilation tools, release 12.9, V12.9.86'
END
package cuda cuda-nvcc-12-9 12.9.86-1
package cuda cuda-cudart-12-9 12.9.79-1
package cuda cuda-cudart-dev-12-9 12.9.79-1 'Depends: cuda-cudart-12-9 (= 12.9.79-1)\n'
package cuda libcublas-12-9 12.9.1.4-1
package cuda libcublas-dev-12-9 12.9.1.4-1 'Depends: libcublas-12-9 (= 12.9.1.4-1)\n'
package cuda nvidia-driver-580 580.95.05-1
package cuda cuda-drivers 580.95.05-1 'Depends: nvidia-driver-580\n'
# Not as NVIDIA has it: a toolkit's package that drags a driver in.
package cuda cuda-nvcc-12-8 12.8.93-1 'Depends: cuda-drivers\n'
publish cuda vendor

for version in 1.17.8-1 1.18.0-1; do
  program nvidia-container-toolkit-base_$version usr/bin/nvidia-ctk <<'END'
[ "$1" = --version ] && exec echo 'stand-in of the tests'
driver=$(nvidia-smi --query-gpu=driver_version) || exit 1
mkdir -p /var/run/cdi
echo "# stand-in of the tests: libcuda.so.$driver" > "${3#--output=}"
END
  toolkit="Depends: nvidia-container-toolkit-base (= $version), libnvidia-container-tools (= $version)\n"
  package toolkit nvidia-container-toolkit $version "$toolkit"
  [ $version = 1.17.8-1 ] || {
    units=/tmp/payload/nvidia-container-toolkit-base_$version/lib/systemd/system; mkdir -p $units
    printf '[Unit]\nDescription=stand-in of the tests\n[Service]\nType=oneshot\nExecStart=/usr/bin/nvidia-ctk cdi generate %s\n' \
      --output=/var/run/cdi/nvidia.yaml > $units/nvidia-cdi-refresh.service
    printf '[Unit]\nDescription=stand-in of the tests\n[Path]\nPathChanged=/srv/driver-installed\n' > $units/nvidia-cdi-refresh.path
    for unit in service path; do
      printf '[Install]\nWantedBy=multi-user.target\n' >> $units/nvidia-cdi-refresh.$unit
    done
  }
  package toolkit nvidia-container-toolkit-base $version
  package toolkit libnvidia-container1 $version
  package toolkit libnvidia-container-tools $version "Depends: libnvidia-container1 (= $version)\n"
done
publish toolkit vendor

# What an unattended upgrade would find: newer packages of the distribution's Docker, and one of nobody's.
for name in docker.io containerd runc nobodys; do package upgrades $name 99; done
publish upgrades vendor
package first nobodys 1
publish first vendor

for fault in expired stranger unsigned; do package $fault stand-in-sample 1; done
DATE='Sun, 01 Feb 2026 00:00:00 +0000' publish expired vendor 'Valid-Until: Sun, 08 Feb 2026 00:00:00 +0000\n'
publish stranger stranger
publish unsigned ''

systemd-run -q --unit vendors python3 -m http.server --bind 127.0.0.1 --directory /srv/vendors 8001
for i in $(seq 50); do curl -sf http://127.0.0.1:8001/vendor.asc > /dev/null && break; sleep 0.1; done
gpg --batch --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10 }'
