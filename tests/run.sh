#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/run.sh BUILD [ctest options]: runs every test and closes with "N passed, N failed, N skipped" over all test functions.
set -uo pipefail
build=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
ctest --test-dir "$build" --output-on-failure --verbose -j "${LATHE_TEST_JOBS:-1}" "$@" >"$log" 2>&1
status=$?

# What failed, whole; what was skipped, with its reason; then the sums.
grep -aE '^[0-9]+: (FAIL!|QFATAL|SKIP|XPASS)' "$log" | sed -E 's/^[0-9]+: //'
grep -aE '^\s*[0-9]+/[0-9]+ Test .*(\*\*\*|Failed|Timeout)' "$log"
if [ $status -ne 0 ]; then
  grep -aA3 -E '^[0-9]+: (FAIL!|QFATAL)' "$log" | sed -E 's/^[0-9]+: /  /' | head -n 200
fi

read -r passed failed skipped < <(sed -nE 's/^[0-9]+: Totals: ([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped.*/\1 \2 \3/p' "$log" |
  awk '{p += $1; f += $2; s += $3} END {print p + 0, f + 0, s + 0}')
# Programs that are no Qt tests (fuzz replays, scripts) count as one each; so does a test program that ended without its totals.
others=$(grep -acE '^\s*[0-9]+/[0-9]+ Test +#[0-9]+: (fuzz|script|lathe_gpu)_[^ ]* .*Passed' "$log")
skipped=$((skipped + $(grep -acE '^\s*[0-9]+/[0-9]+ Test .*\*\*\*Skipped' "$log"))) # a program that found no GPU, say
broken=$(grep -acE '^\s*[0-9]+/[0-9]+ Test .*(\*\*\*Failed|\*\*\*Timeout|\*\*\*Exception|Not Run|SEGFAULT|\*\*\*Not Run)' "$log")
if [ "$failed" -lt "$broken" ]; then failed=$broken; fi
if [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; tail -n 40 "$log"; fi
echo "slowest:"
grep -aE '^\s*[0-9]+/[0-9]+ Test' "$log" | sed -E 's/.*: ([^ ]+) .* ([0-9.]+) sec/\2 s \1/' | sort -rn | head -n 8 | sed 's/^/  /'
echo "$((passed + others)) passed, $failed failed, $skipped skipped"
[ $status -eq 0 ] && [ "$failed" -eq 0 ]
