#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures a model for models/README.md: the plain setting with every measure, lesions, warnings and figures, then one
# setting after the other. It takes three quarters of an hour on two cores; run it again after an interruption
# and it goes on with the setting it had begun (another model needs another folder). OUTPUT_FOLDER/report.md is what models/evaluation.md holds.
#   models/report.sh VALIDATION_FOLDER OUTPUT_FOLDER [MODEL]
#   IQT_REPORT_COLIN27=all: Colin27 in every setting, a third more time; else in the plain one only
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { echo "usage: models/report.sh VALIDATION_FOLDER OUTPUT_FOLDER [MODEL]" >&2; exit 2; }
data=$1 out=$2 model=${3:-iqt-ur}
train=${IQT_TRAIN:-build/dev/models/train/iqt-train}
colin=/usr/share/mricron/templates/ch2.nii.gz
mkdir -p "$out"
settings=()

# measure NAME OPTIONS...: tables to NAME.md, everything to NAME.json, where they are not there yet
measure() {
    local name=$1
    shift
    [ ! -s "$out/$name.json" ] || return 0
    echo "== $name ($(date -u +%H:%M:%S))"
    "$train" evaluate --model "$model" --seed 1 --json "$out/part.json" --markdown "$out/$name.md" "$@" >/dev/null
    mv "$out/part.json" "$out/$name.json"
}
# evaluate NAME OPTIONS...: the same as a row of the table of settings
evaluate() {
    settings+=("$1")
    measure "$@" --against cubic --samples 1
}

heads=(--data "$data")
[ "${IQT_REPORT_COLIN27:-plain}" != all ] || heads=(--data "$data" "$colin" --contrast T1)
plain=(--in-plane-mm 1.6 --slice-mm 5 --snr 18)
artefacts=(--mtf 0.7 --bias 0.2 --ghost 0.04 --zipper 0.1 --motion-mm 0.4 --motion-deg 0.4)
evaluate validation --data "$data" "${plain[@]}" --detail --lesions --figures "$out/figures"
evaluate colin27 --data "$colin" --contrast T1 "${plain[@]}" --detail --lesions --tiling --figures "$out/figures"
for mm in 3 4 7; do evaluate "slice-$mm-mm" "${heads[@]}" --in-plane-mm 1.6 --slice-mm $mm --snr 18; done
evaluate zero-filled-0.8-mm "${heads[@]}" "${plain[@]}" --output-in-plane-mm 0.8
for plane in sagittal coronal; do evaluate $plane "${heads[@]}" "${plain[@]}" --slice-axis $plane; done
for snr in 10 30; do evaluate snr-$snr "${heads[@]}" --in-plane-mm 1.6 --slice-mm 5 --snr $snr; done
evaluate recontrast "${heads[@]}" "${plain[@]}" --recontrast
evaluate artefacts "${heads[@]}" "${plain[@]}" "${artefacts[@]}"
evaluate recontrast-artefacts "${heads[@]}" "${plain[@]}" --recontrast "${artefacts[@]}"
measure warnings --data "$data" "${plain[@]}" --uncertainty --samples 16 --figures "$out/figures"

# One row a setting: cubic -> model (gain), gain in SSIM, for each contrast. A second table of a report is against the
# truth with the same re-contrast.
settings_table() {
    printf '| setting | T1 | T2 | FLAIR | mean gain |\n|---|---|---|---|---|\n'
    for name in "${settings[@]}"; do
        awk -F ' *\\| *' -v setting="$name" '
            function line() {
                if (count) printf "| %s | %s | %s | %s | %+.2f |\n", setting, cell["T1"], cell["T2"], cell["FLAIR"], sum / count
                split("", cell); sum = count = 0
            }
            /the same re-contrast/ { line(); setting = setting ", truth too" }
            $3 ~ /^(T1|T2|FLAIR)$/ && NF > 10 {
                cell[$3] = sprintf("%.2f -> %.2f (%+.2f), %+.3f", $4, $5, $6, $9); sum += $6; ++count
            }
            END { line() }' "$out/$name.md"
    done
}

{
    printf '# What %s does\n\nRESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE\n\n' "$model"
    printf 'Written by `models/report.sh`; what is measured and how stands in README.md beside this file.\n\n'
    printf '    %s\n\n' "$("$(dirname "$train")/../../server/iqt-node" models list | grep -w "^$model\|$model " | head -n 1)"
    printf '## Every setting\n\nPSNR in dB over the head, cubic -> %s (gain), and the gain in SSIM; one subject a column, seed 1.\n\n' "$model"
    settings_table
    printf '\n## Plain setting, every measure\n\n'
    cat "$out/validation.md"
    printf '\n## Colin27, plain setting\n\n'
    cat "$out/colin27.md"
    printf '\n## Warnings\n\n'
    cat "$out/warnings.md"
} >"$out/report.md"
settings_table
