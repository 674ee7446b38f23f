#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The test command: installs what is missing, builds, runs all fast, torch and integration tests, and the
# fast ones once more under the address and undefined-behaviour sanitizers.
#   tests/run.sh --without-sanitizers    leaves the second build out
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=yes
case "${1:-}" in
    --without-sanitizers) sanitizers=no ;;
    "") ;;
    *) echo "usage: tests/run.sh [--without-sanitizers]" >&2; exit 2 ;;
esac

deploy/setup_dev.sh
export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
jobs=$(nproc)

step() { printf '\n== %s (%s)\n' "$*" "$(date -u +%H:%M:%S)"; }

step "build"
cmake --preset dev >/dev/null
cmake --build build/dev -- -j"$jobs" >build/dev/build.log 2>&1 || { tail -n 60 build/dev/build.log; exit 1; }
step "fast, torch and integration tests"
ctest --test-dir build/dev -L 'fast|torch|integration' --output-on-failure --no-tests=error
if [ $sanitizers = yes ]; then
    step "build with sanitizers"
    cmake --preset asan >/dev/null
    cmake --build build/asan --target fast_tests -- -j"$jobs" >build/asan/build.log 2>&1 || { tail -n 60 build/asan/build.log; exit 1; }
    step "fast tests under sanitizers"
    ctest --test-dir build/asan -L fast --output-on-failure --no-tests=error
fi
