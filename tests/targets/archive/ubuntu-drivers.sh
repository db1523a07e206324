#!/bin/sh
# rigprov test stand-in for ubuntu-drivers: the documented form of its output, and its exit code, which is 0 whatever happened.
# It cannot see cards, so it offers every branch that is not transitional.
verb=$1
shift
gpgpu= recommended= wanted=
for word; do
  case $word in
    --gpgpu) gpgpu=yes ;;
    --recommended) recommended=yes ;;
    nvidia:*) wanted=${word#nvidia:} ;;
    nvidia-driver-*) wanted=${word#nvidia-driver-} ;;
  esac
done
meta=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 'linux-image-*' 2> /dev/null |
  sed -n 's/^[ih]i linux-image-\([a-z].*\)/\1/p' | head -n 1)
# every name once, those that are transitional left out
names=$(apt-cache pkgnames nvidia-driver- && apt-cache pkgnames linux-modules-nvidia-)
# shellcheck disable=SC2086  # a list of words
known=$(apt-cache show --no-all-versions $names 2> /dev/null |
  awk '/^Package:/ { name = $2 } /^Section:/ && !/oldlibs/ { print name }')
branches() {
  echo "$known" | sed -n 's/^nvidia-driver-\([0-9][0-9]*\(-server\)*\(-open\)*\)$/\1/p' |
    awk '{ kind = /-open$/ ? 2 : 1; print substr($0, 1, 3), kind, $0 }' | sort -k1,1nr -k2,2nr -k3 | cut -d' ' -f3 |
    if [ -n "$gpgpu" ]; then grep -e -server; else grep -v -e -server; fi
}
modules() {
  if echo "$known" | grep -qx "linux-modules-nvidia-$1-$meta"; then
    echo "linux-modules-nvidia-$1-$meta"
  else
    echo "nvidia-dkms-$1"
  fi
}
case $verb in
  list)
    branches | while read -r branch; do
      if [ -n "$recommended" ]; then
        echo "nvidia-driver-$branch $(modules "$branch")"
        break
      fi
      echo "nvidia-driver-$branch, (kernel modules provided by $(modules "$branch"))"
    done ;;
  install)
    branch=${wanted:-$(branches | head -n 1)}
    driver=nvidia-driver-$branch
    [ -z "$gpgpu" ] || driver=nvidia-headless-no-dkms-$branch
    apt-get install -y --no-install-recommends "$driver" "$(modules "$branch")" ;;
  *) echo "ubuntu-drivers (rigprov test stand-in): only list and install" >&2 ;;
esac
exit 0
