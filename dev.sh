#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The one entrance: ./dev.sh run | test | bench | setup | package. Each sets up whatever is missing, builds, then does it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
usage: ./dev.sh COMMAND [ARGUMENTS]

  run      set up, build and start the workbench (without a display: the demo in the terminal)
  test     set up, build and run every test; closes with "N passed, N failed, N skipped"
  bench    set up, build and run `lathe bench ARGUMENTS`
  setup    install what is missing: Debian/Ubuntu packages, LibTorch, and nvcc where a GPU is there
           --parquet: also what reads datasets in Parquet files (about 50 MB); the next build uses it
  build    set up and build only
  screenshots  build and take the pictures of docs/screenshots again
  package  build a .deb and a tar bundle into build/package (--gpu: with LibTorch's CUDA libraries)
TEXT
}

command=${1:-}
[ $# -gt 0 ] && shift
preset=${LATHE_PRESET:-dev}
build="build/$preset"

setup() { installer/setup.sh "$@"; }

build() {
  local jobs
  jobs=${LATHE_JOBS:-$(nproc)}
  # A translation unit with LibTorch takes up to 1.5 GiB: never more jobs than the memory carries.
  local memory
  memory=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
  [ "$memory" -ge 1 ] && [ "$memory" -lt "$jobs" ] && jobs=$memory
  if [ ! -f "$build/build.ninja" ]; then
    cmake --preset "$preset" >"$(mktemp)" || cmake --preset "$preset"
  fi
  cmake --build "$build" -j "$jobs" ${1:+--target "$@"}
}

case "$command" in
  run)
    setup
    build programs
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ -n "${QT_QPA_PLATFORM:-}" ]; then
      exec "$build/bin/lathe-workbench" "$@"
    fi
    echo "There is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so the same first run follows in this terminal."
    exec "$build/bin/lathe" demo "$@"
    ;;
  test)
    setup --tests
    build
    exec tests/run.sh "$build" "$@"
    ;;
  bench)
    setup
    build programs
    exec "$build/bin/lathe" bench "$@"
    ;;
  setup)
    setup "$@"
    # Builds that are there already look again.
    case " $* " in *" --parquet "*) [ ! -f "$build/build.ninja" ] || cmake "$build" >/dev/null ;; esac
    ;;
  screenshots)
    setup
    build tst_screenshots tst_widgets
    export LATHE_SCREENSHOT_DIR="$PWD/docs/screenshots" QT_QPA_PLATFORM=offscreen
    "$build/tests/tst_screenshots"
    "$build/tests/tst_widgets" theGalleryShowsAllItsTextInBothThemes
    ;;
  build)
    setup
    build "$@"
    ;;
  package)
    setup
    preset=release build=build/release
    build programs
    installer/package.sh "$build" build/package "$@"
    ;;
  *)
    usage
    [ -z "$command" ] || [ "$command" = help ] || [ "$command" = --help ] || exit 2
    ;;
esac
