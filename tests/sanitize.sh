#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fast and integration tests under a sanitizer; not part of the test command, which runs only the fast ones
# under asan. About half an hour on two cores from nothing.
#   tests/sanitize.sh asan|tsan
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-}
case "$preset" in
    asan | tsan) ;;
    *) echo "usage: tests/sanitize.sh asan|tsan" >&2; exit 2 ;;
esac
export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" --target fast_tests integration_tests -- -j"$(nproc)"
ctest --test-dir "build/$preset" -j"$(nproc)" -L 'fast|integration' --output-on-failure --no-tests=error
