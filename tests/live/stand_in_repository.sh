# Run by root on a target: the distribution's Docker by the names of Docker's own packages, in a repository that is signed
# with a key made on the spot and served on port 8000 of the target itself. Prints the key's fingerprint.
set -e
mkdir -p /srv/repo/debian/dists/bookworm/stable/binary-amd64 /srv/repo/debian/pool && cd /srv/repo/debian
publish() {
  dpkg-deb --build -Znone /tmp/$1 pool/$1.deb > /dev/null
  { dpkg-deb --field pool/$1.deb; echo "Filename: pool/$1.deb"; echo "Size: $(stat -c %s pool/$1.deb)"
    echo "SHA256: $(sha256sum pool/$1.deb | cut -d' ' -f1)"; echo; } >> dists/bookworm/stable/binary-amd64/Packages
}
empty() {
  mkdir -p /tmp/$1/DEBIAN
  { printf 'Package: %s\nVersion: 99\nArchitecture: all\n' "$1"
    printf 'Maintainer: test\nDescription: stand-in\n%b' "$2"; } > /tmp/$1/DEBIAN/control
  publish $1
}
renamed() {
  apt-get -qq download $1
  dpkg-deb -R $1_*.deb /tmp/$2
  rm $1_*.deb
  sed -i -e "s/^Package: .*/Package: $2/" -e 's/^Version: .*/Version: 99/' -e '/^Source:/d' \
    -e 's/^Conflicts: .*/Conflicts: podman-docker/' -e 's/containerd ([^)]*)/containerd.io/' /tmp/$2/DEBIAN/control
  publish $2
}
apt-get -qq update
renamed docker.io docker-ce
renamed containerd containerd.io
for name in docker-ce-cli docker-buildx-plugin docker-compose-plugin podman-docker; do empty $name ''; done
empty needs-podman 'Depends: podman-docker\n'
cd dists/bookworm
list=stable/binary-amd64/Packages
printf 'Suite: bookworm\nCodename: bookworm\nComponents: stable\nArchitectures: amd64\nDate: %s\nSHA256:\n %s %s %s\n' \
  "$(date -Ru)" "$(sha256sum $list | cut -d' ' -f1)" "$(stat -c %s $list)" $list > Release
export GNUPGHOME=/srv/gnupg; mkdir -m 700 $GNUPGHOME
gpg --batch -q --passphrase '' --quick-generate-key test@example rsa2048 sign never
gpg --batch -q --clearsign -o InRelease Release
gpg --armor --export > /srv/repo/debian/gpg
systemd-run -q --unit repo python3 -m http.server --bind 127.0.0.1 --directory /srv/repo 8000
for i in $(seq 50); do curl -sf http://127.0.0.1:8000/debian/gpg > /dev/null && break; sleep 0.1; done
gpg --with-colons --show-keys /srv/repo/debian/gpg | grep -m1 ^fpr | cut -d: -f10
