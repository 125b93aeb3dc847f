#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# installer/package.sh BUILD OUT [--gpu]: from built programs a tar bundle that runs from any folder, and a .deb that puts the same tree under
# /usr/lib/lathe with links in /usr/bin. LibTorch's processor part is included; --gpu adds its CUDA libraries (gigabytes) and the GPU plug-in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1
out=$2
gpu=${3:-}
version=$(sed -nE 's/^project\(lathe VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
arch=$(dpkg --print-architecture)
name="lathe-$version-$arch${gpu:+-gpu}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/lathe-$version"

missing=()
command -v patchelf >/dev/null || missing+=(patchelf)
command -v dpkg-shlibdeps >/dev/null || missing+=(dpkg-dev)
command -v zstd >/dev/null || missing+=(zstd)
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing ${missing[*]} …"
  $([ "$(id -u)" -eq 0 ] || echo sudo) apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

# Libraries that a program loads from outside the system's folders: LibTorch's.
own_libraries() { ldd "$1" | awk '$3 ~ /^\// {print $3}' | grep -vE '^/(usr/)?lib' || true; }

mkdir -p "$tree"/{bin,lib,share/lathe,share/applications,share/icons/hicolor/scalable/apps,share/doc/lathe}
programs=(lathe lathe-worker lathe-workbench)
[ -z "$gpu" ] || programs+=(liblathe_cuda.so)
[ ! -e "$build/bin/liblathe_parquet.so" ] || programs+=(liblathe_parquet.so) # after ./dev.sh setup --parquet
for program in "${programs[@]}"; do
  own_libraries "$build/bin/$program" | while read -r library; do cp -Ln "$library" "$tree/lib/"; done
  install -m 755 "$build/bin/$program" "$tree/bin/$program"
  strip "$tree/bin/$program"
  patchelf --set-rpath '$ORIGIN/../lib' "$tree/bin/$program"
done
for library in "$tree"/lib/*; do
  chmod u+w "$library"
  patchelf --set-rpath '$ORIGIN' "$library"
done
cp -r resources/models resources/datasets "$tree/share/lathe/"
cp -r README.md LICENSES/* "$tree/share/doc/lathe/"
install -m 644 installer/lathe-workbench.desktop "$tree/share/applications/"
install -m 644 resources/icons/logo.svg "$tree/share/icons/hicolor/scalable/apps/lathe-workbench.svg"

mkdir -p "$out"
tar -C "$work" --owner=0 --group=0 -I 'zstd -T0 -9' -cf "$out/$name.tar.zst" "lathe-$version"

deb="$work/deb"
mkdir -p "$deb"/{DEBIAN,usr/bin,usr/lib/lathe,usr/share,debian}
cp -r "$tree"/{bin,lib} "$deb/usr/lib/lathe/"
mkdir -p "$deb/usr/lib/lathe/share"
cp -r "$tree/share/lathe" "$deb/usr/lib/lathe/share/"
cp -r "$tree"/share/{applications,icons,doc} "$deb/usr/share/"
for program in lathe lathe-workbench; do ln -s "../lib/lathe/bin/$program" "$deb/usr/bin/$program"; done
printf 'Source: lathe\n\nPackage: lathe\nArchitecture: any\n' >"$deb/debian/control"
depends=$(cd "$deb" && dpkg-shlibdeps -O --ignore-missing-info -lusr/lib/lathe/lib usr/lib/lathe/bin/* 2>/dev/null | sed -nE 's/^shlibs:Depends=//p')
rm -r "$deb/debian"
size=$(du -sk "$deb/usr" | cut -f1)
cat >"$deb/DEBIAN/control" <<TEXT
Package: lathe
Version: $version
Architecture: $arch
Maintainer: Lathe maintainers <maintainers@lathe.invalid>
Installed-Size: $size
Section: science
Priority: optional
Depends: $depends, libqt6svg6, fonts-roboto-unhinted | fonts-noto-core, fonts-jetbrains-mono
Recommends: fonts-noto-cjk, openssh-client
Description: workbench for language models on one's own hardware
 Fine-tunes language models (LoRA or every weight), compares and serves them,
 talks to them, and shows loss, memory and throughput while it happens.
TEXT
dpkg-deb --root-owner-group -Zzstd -z9 --build "$deb" "$out/${name/lathe-/lathe_}.deb" >/dev/null
echo "unpacked: $(du -sh "$tree" | cut -f1), of it LibTorch $(du -sh "$tree/lib" | cut -f1)"
ls -lh "$out" | awk 'NR > 1 {print $5, $9}'
