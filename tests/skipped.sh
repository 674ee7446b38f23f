#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which tests skipped and why: ctest says nothing of a GTEST_SKIP inside a program.
#   tests/skipped.sh BUILD_FOLDER    one line a test, from the log of the last ctest run there; nothing where none skipped
set -euo pipefail
awk '
    /^\[ RUN      \] / { test = substr($0, 14); waiting = 0 }
    /: Skipped$/ { waiting = 1; reason = ""; next }
    waiting && /^\[  SKIPPED \] / { print test ": " (reason == "" ? "no reason given" : reason); waiting = 0; next }
    waiting && NF { reason = reason (reason == "" ? "" : " ") $0 }
' "$1/Testing/Temporary/LastTest.log"
