#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing on Debian 12 or Ubuntu 24.04. Safe to run again at any time; does nothing when everything is there.
#   1. Debian packages by name (asks for sudo at most once; as root without it)
#   2. LibTorch 2.11.0: the PyPI torch wheel and only the libraries it needs to load, in a folder of its own
#   3. nvcc 13 from PyPI, only where an NVIDIA GPU is there and no nvcc 13 is
#   4. with --parquet: libparquet (the PyPI pyarrow wheel, which brings its headers), for datasets in Parquet files
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cache=${LATHE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lathe}
torch_version=2.11.0
torch_home="$cache/libtorch-$torch_version"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

packages() {
  . /etc/os-release
  case "${ID:-}:${VERSION_ID:-}" in
    debian:12 | debian:13 | ubuntu:24.*) ;;
    *) say "this is ${PRETTY_NAME:-an unknown system}; the package names are those of Debian 12 and Ubuntu 24.04 and may not fit" ;;
  esac
  grep -vE '^\s*(#|$)' packages.txt
}

missing_packages() {
  local name
  for name in $(packages_list); do
    grep -qx "$name" "$cache/not-in-this-release" 2>/dev/null && continue
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"
  done
}

packages_list() { packages | grep -v '^setup:' || true; }

install_packages() {
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  say "installing $(wc -w <<<"$missing") packages: $missing"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing and sudo is not here; as root run: apt-get install $missing"
    root=(sudo)
    say "sudo is needed once, for apt-get"
  fi
  # One root shell for both steps, so that a password is asked for at most once. Names that this release lacks are left out and noted.
  local absent
  absent=$(mktemp)
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get update -q || exit 1
    wanted=""
    for name in '"$missing"'; do
      if apt-cache show "$name" >/dev/null 2>&1; then wanted="$wanted $name"; else echo "$name" >>'"$absent"'; fi
    done
    apt-get install -y --no-install-recommends $wanted' || fail "apt-get failed; run ./dev.sh setup again when the network is back"
  if [ -s "$absent" ]; then
    say "not in this release, left out: $(tr '\n' ' ' <"$absent")"
    mkdir -p "$cache"
    cat "$absent" >>"$cache/not-in-this-release"
  fi
  rm -f "$absent"
}

has_gpu() { [ -e /dev/nvidiactl ] || command -v nvidia-smi >/dev/null 2>&1; }

torch_ready() {
  local root
  for root in "$torch_home"/lib/python3*/site-packages; do
    [ -f "$root/torch/lib/libtorch_cpu.so" ] && [ -f "$root/torch/include/ATen/ATen.h" ] || return 1
    [ "$(cat "$torch_home/ready" 2>/dev/null)" = "$(requirements_hash)" ] && return 0
  done
  return 1
}

requirements() {
  if has_gpu; then cat libtorch.txt libtorch-gpu.txt; else cat libtorch.txt; fi | grep -vE '^\s*(#|$)'
}

requirements_hash() { requirements | sha256sum | cut -c1-16; }

install_torch() {
  torch_ready && return 0
  mkdir -p "$cache"
  local need=8 free
  free=$(df -Pk "$cache" | awk 'NR == 2 {print int($4 / 1048576)}')
  [ "$free" -ge "$need" ] || fail "LibTorch needs $need GiB in $cache and $free GiB are free"
  say "installing LibTorch $torch_version into $torch_home (about $(has_gpu && echo '2.5 GB' || echo '0.6 GB') to download)"
  [ -x "$torch_home/bin/pip" ] || python3 -m venv "$torch_home"
  requirements >"$torch_home/requirements.txt"
  # Each wheel is downloaded to a folder first, so that a broken download costs one wheel and the next try goes on from there.
  local wheels="$cache/wheels" line try
  mkdir -p "$wheels"
  while read -r line; do
    for try in 1 2 3; do
      "$torch_home/bin/pip" download --no-deps --disable-pip-version-check --find-links "$wheels" -d "$wheels" "$line" && break
      [ "$try" -lt 3 ] || fail "downloading $line failed three times; run ./dev.sh setup again, it goes on from here"
      say "downloading $line broke off, trying again"
    done
  done <"$torch_home/requirements.txt"
  "$torch_home/bin/pip" install --no-index --no-deps --no-compile --disable-pip-version-check --find-links "$wheels" -r "$torch_home/requirements.txt"
  rm -rf "$wheels"
  requirements_hash >"$torch_home/ready"
}

install_nvcc() {
  has_gpu || return 0
  local nvcc
  for nvcc in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc "$cache"/nvcc-13/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; do
    [ -x "$nvcc" ] && "$nvcc" --version | grep -q 'release 13' && return 0
  done
  say "installing nvcc 13.0 (about 0.1 GB to download)"
  [ -x "$cache/nvcc-13/bin/pip" ] || python3 -m venv "$cache/nvcc-13"
  "$cache/nvcc-13/bin/pip" install --no-compile --disable-pip-version-check -r nvcc.txt
}

install_parquet() {
  local version home
  version=$(sed -n 's/^pyarrow==//p' parquet.txt)
  home="$cache/parquet-$version"
  ls "$home"/lib/python3*/site-packages/pyarrow/libparquet.so* >/dev/null 2>&1 && return 0
  mkdir -p "$cache"
  local free
  free=$(df -Pm "$cache" | awk 'NR == 2 {print $4}')
  [ "$free" -ge 600 ] || fail "libparquet needs 600 MiB in $cache and $free MiB are free"
  say "installing libparquet $version into $home (about 50 MB to download)"
  [ -x "$home/bin/pip" ] || python3 -m venv "$home"
  "$home/bin/pip" install --no-deps --no-compile --disable-pip-version-check -r parquet.txt || fail "downloading libparquet failed; run ./dev.sh setup --parquet again"
}

if [ -f /etc/debian_version ]; then
  install_packages
else
  say "this is not Debian or Ubuntu; install what installer/packages.txt names with your package manager"
fi
install_torch
install_nvcc
case " $* " in
  *" --parquet "*) install_parquet ;;
esac
