#!/usr/bin/env bash
# Builds the Debian package and tries it in a fresh Debian 12: check_package.sh
# It makes the system with debootstrap in build/check/debian, from the mirror that apt uses here,
# installs the package there, packs drawn faces, trains three steps, reads the manual page, compiles
# an example, and removes the package. Needs root and the network. Takes five minutes.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
build=build/package root=$PWD/build/check/debian

[ "$(id -u)" = 0 ] || { echo "expected to run as root" >&2 && exit 1; }
mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' | grep -m1 '/debian/\?$') ||
  { echo "apt has no mirror of Debian" >&2 && exit 1; }

echo "building the package"
rm -f $build/likeness_*.deb
cmake --preset package
cmake --build --preset package --parallel "$(nproc)"
cpack --config $build/CPackConfig.cmake -B $build
package=$(echo $build/likeness_*.deb)
dpkg-deb --info "$package"
dpkg-deb --contents "$package" | tee $build/contents
libraries=./usr/lib/$(gcc -print-multiarch)
grep -q " $libraries/liblikeness.so" $build/contents ||
  { echo "expected the library in $libraries" >&2 && exit 1; }

echo "making a fresh system"
rm -rf "$root"
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >/dev/null
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/"
trap 'rm -rf "$root"' EXIT
cp "$package" tests/examples/score.c "$root/tmp/"

echo "trying the package there"
chroot "$root" bash -euxo pipefail -c '
  cd /tmp
  apt-get -q update
  apt-get -q -y install --no-install-recommends ./likeness_*.deb
  likeness --version
  likeness prepare --synthetic 40 --size 32 --out faces.lkd
  likeness train /usr/share/likeness/configs/quick/ae_mse.json --data faces.lkd --out run \
    --steps 3 --set train.batch_size=8
  apt-get -q -y install --no-install-recommends man-db gcc libc6-dev pkg-config
  MANROFFSEQ= man --warnings likeness 2>warnings | grep -q "likeness prepare"
  [ ! -s warnings ] || { cat warnings && exit 1; }
  cc -Wall -Werror score.c $(pkg-config --cflags --libs likeness) -o score
  ./score run/grids/epoch_0001.png run/grids/epoch_0001.png
  apt-get -q -y purge likeness
  [ -z "$(find / -xdev -name "*likeness*" -not -path "/tmp/*")" ]
'
echo "the package installs, runs and goes away"
