#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz targets and runs each for SECONDS (default 60), starting from valid objects. Findings stay in
# build/fuzz/findings; the exit code is that of the first target that found something.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
build=build/fuzz

cmake --preset fuzz >/dev/null
cmake --build "$build" --target config_fuzz header_fuzz series_fuzz manifest_fuzz text_fuzz fuzz_seeds

corpus=$build/corpus
mkdir -p "$corpus"/{config,header,series,manifest,text} "$build/findings"
cp config/node.json "$corpus/config/"
cp models/packages/*/model.json "$corpus/manifest/"
printf '\x05\x60uncertain: total SD' >"$corpus/text/seed"
"$build/tests/fuzz/fuzz_seeds" "$build/seeds"
find "$build/seeds" -name '*.dcm' | while read -r file; do
  name=$(echo "${file#"$build/seeds/"}" | tr / -)
  cp "$file" "$corpus/header/$name"
  cp "$file" "$corpus/series/$name"
done

for target in config header series manifest text; do
  echo "== $target, $seconds s"
  "$build/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=200000 \
    -artifact_prefix="$build/findings/$target-" -print_final_stats=1 "$corpus/$target" 2>&1 | tail -n 12
done
