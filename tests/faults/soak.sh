#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Small cubic series in a row through one node: memory within 5 %, no more open files, nothing left in the data folder.
# Needs about 25 MB of TMPDIR (default /tmp) for each series.
#   tests/faults/soak.sh [SERIES]     2000 if not given
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${IQT_BUILD_DIR:-build/dev}
[ -f "$build/CMakeCache.txt" ] || cmake --preset dev >/dev/null
cmake --build "$build" --target fault_soak iqt_fault_shim iqt-node iqt-worker
exec "$build/tests/faults/fault_soak" "${1:-2000}"
