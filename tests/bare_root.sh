#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a bare Debian 12 (or Ubuntu 24.04) root with debootstrap, clones this repository into it and runs both README commands there, as a person
# on a fresh machine would. Needs root and debootstrap. Prints times and download sizes.
#   tests/bare_root.sh [FOLDER] [run|test|both|package] [bookworm|noble]
# package: installs build/package/*.deb instead (./dev.sh package made it), without compiler or repository, and uses what it installed.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=${1:-/var/tmp/lathe-bare-root}
what=${2:-both}
release=${3:-bookworm}
[ "$(id -u)" -eq 0 ] || { echo "bare_root: run as root (chroot needs it)" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }
started=$SECONDS
mirror=$(sed -nE 's#^(deb |URIs: *)(\[[^]]*\] )?(https?://[^ ]+/debian)/? .*#\3#p; s#^URIs: *(https?://[^ ]+/debian)/?$#\1#p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true) # either may be absent
[ "$release" = bookworm ] || mirror=http://archive.ubuntu.com/ubuntu

cleanup() {
  local process
  for process in /proc/[0-9]*; do # an engine goes on when its window closes
    [ "$(readlink "$process/root" 2>/dev/null)" != "$root" ] || kill "${process#/proc/}" || true
  done
  for m in proc sys dev/pts dev; do mountpoint -q "$root/$m" && umount -l "$root/$m" || true; done
}
trap cleanup EXIT

if [ ! -x "$root/usr/bin/apt-get" ]; then
  step "debootstrap $release"
  if [ "$release" = bookworm ]; then
    debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >/dev/null
  else # every Ubuntu release uses the script of gutsy; Debian may have no package of Ubuntu's keys, and this root is thrown away
    keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    debootstrap --variant=minbase --components=main,universe $([ -f $keys ] && echo --keyring=$keys || echo --no-check-gpg) "$release" "$root" "$mirror" gutsy >/dev/null
  fi
fi
for m in proc sys dev dev/pts; do mountpoint -q "$root/$m" || mount --bind "/$m" "$root/$m"; done
cp /etc/resolv.conf "$root/etc/resolv.conf"
# The bare root reaches its package sources and certificates as this machine does.
for f in /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do [ -f "$f" ] && install -D "$f" "$root$f"; done
cp -r /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true
[ "$release" != bookworm ] || cp -r /etc/apt/sources.list /etc/apt/sources.list.d "$root/etc/apt/" 2>/dev/null || true
cp -r /usr/local/share/ca-certificates "$root/usr/local/share/" 2>/dev/null || true

inside() {
  env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb \
    $(env | grep -iE '^(https?_proxy|no_proxy|pip_[a-z_]+|ssl_cert_file|requests_ca_bundle)=' || true) \
    chroot "$root" bash -c "cd /home/lathe 2>/dev/null || cd /; $1"
}

use_package() {
  step "install the package"
  cp "$source"/build/package/lathe_*.deb "$source"/build/package/lathe-*.tar.zst "$root/tmp/"
  inside 'apt-get update -q >/dev/null && apt-get install -y --no-install-recommends /tmp/lathe_*.deb zstd binutils >/dev/null && dpkg -s lathe | grep -E "^(Version|Installed-Size|Status)"'
  inside 'for f in /usr/lib/lathe/bin/* /usr/lib/lathe/lib/*; do readelf -d "$f" | grep -E "RUNPATH|RPATH" | grep -v "\[\$ORIGIN\(/../lib\)\?\]" && { echo "bare_root: $f names a folder of the build machine" >&2; exit 1; }; done; true'
  step "use the package"
  inside 'lathe --version && lathe doctor; lathe demo && QT_QPA_PLATFORM=offscreen timeout 5 lathe-workbench; [ $? -eq 124 ] || { echo "bare_root: the window did not stay open" >&2; exit 1; }'
  step "use the bundle"
  inside 'mkdir -p /opt/here && tar -C /opt/here -xf /tmp/lathe-*.tar.zst && /opt/here/lathe-*/bin/lathe --version && /opt/here/lathe-*/bin/lathe generate --model /opt/here/lathe-*/share/lathe/models/spark --prompt "Hello" --max-tokens 8 </dev/null'
}

if [ "$what" = package ]; then
  use_package
  echo "bare_root: everything took $((SECONDS - started)) s"
  exit 0
fi
step "clone"
chroot "$root" sh -c 'apt-get update -q && apt-get install -y --no-install-recommends git ca-certificates' >/dev/null
rm -rf "$root/home/lathe"
git clone -q "$source" "$root/home/lathe"

if [ "$what" != test ]; then
  step "./dev.sh run"
  begin=$SECONDS
  inside './dev.sh run'
  echo "bare_root: ./dev.sh run took $((SECONDS - begin)) s from nothing to the end of the demo"
fi
if [ "$what" != run ]; then
  step "./dev.sh test"
  begin=$SECONDS
  inside './dev.sh test'
  echo "bare_root: ./dev.sh test took $((SECONDS - begin)) s"
fi
du -sh "$root/var/cache/apt/archives" "$root/root/.cache/lathe" 2>/dev/null || true
echo "bare_root: everything took $((SECONDS - started)) s"
