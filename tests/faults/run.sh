#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The crash and fault campaign: at least 500 kills and 200 injected faults, and what peers, clocks and disks do, each
# followed by an audit of every acknowledged and every delivered instance. Under 40 minutes on two cores; needs the packages
# of deploy/setup_dev.sh and, for the full disk, the right to mount a file system (else that line says that it was skipped).
#   tests/faults/run.sh [OUT_FOLDER] [SEED]     faults.md and faults.json go to OUT_FOLDER (build/faults); 1 on any loss
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-build/faults}
build=${IQT_BUILD_DIR:-build/dev}
[ -f "$build/CMakeCache.txt" ] || cmake --preset dev >/dev/null
cmake --build "$build" --target fault_campaign iqt_fault_shim iqt-node iqt-worker
exec timeout 2400 "$build/tests/faults/fault_campaign" "$out" ${2:+"$2"}
