#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The test command: installs what is missing, checks the format, builds, runs all fast, torch and integration tests,
# and the fast ones once more under the address and undefined-behaviour sanitizers; says at the end which tests skipped.
#   tests/run.sh --without-sanitizers    leaves the second build out
#   tests/run.sh --with-shared-data      fails where the shared data are absent, or a test skipped for want of them
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=yes
need_data=no
for option in "$@"; do
    case "$option" in
        --without-sanitizers) sanitizers=no ;;
        --with-shared-data) need_data=yes ;;
        *) echo "usage: tests/run.sh [--without-sanitizers] [--with-shared-data]" >&2; exit 2 ;;
    esac
done
data=${IQT_SHARED_DATA:-../shared/data}
if [ $need_data = yes ] && [ ! -d "$data/dicom" ]; then
    echo "tests/run.sh: no shared data in $data: put them there or set IQT_SHARED_DATA" >&2
    exit 1
fi

deploy/setup_dev.sh
export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
jobs=$(nproc)

step() { printf '\n== %s (%s)\n' "$*" "$(date -u +%H:%M:%S)"; }

step "clang-format"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 -n 50 -P "$jobs" clang-format --dry-run --Werror
step "build"
cmake --preset dev >/dev/null
cmake --build build/dev -- -j"$jobs" >build/dev/build.log 2>&1 || { tail -n 60 build/dev/build.log; exit 1; }
step "fast, torch and integration tests"
ctest --test-dir build/dev -j"$jobs" -L 'fast|torch|integration' --output-on-failure --no-tests=error
if [ $sanitizers = yes ]; then
    step "build with sanitizers"
    cmake --preset asan >/dev/null
    cmake --build build/asan --target fast_tests -- -j"$jobs" >build/asan/build.log 2>&1 || { tail -n 60 build/asan/build.log; exit 1; }
    step "fast tests under sanitizers"
    ctest --test-dir build/asan -j"$jobs" -L fast --output-on-failure --no-tests=error
fi

step "tests that skipped"
skipped=$({ tests/skipped.sh build/dev; [ $sanitizers = no ] || tests/skipped.sh build/asan; } | sort -u)
printf '%s\n' "${skipped:-none}"
if [ $need_data = yes ] && grep -qi shared <<<"$skipped"; then
    echo "tests/run.sh: a test skipped for want of the shared data" >&2
    exit 1
fi
