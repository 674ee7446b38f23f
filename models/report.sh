#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures a model for models/README.md: the plain setting with every measure, lesions and figures, then one
# setting after the other. It takes half an hour or more on two cores that are shared. Ends with two tables: gain over
# cubic by setting, and every measure in the plain setting.
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

# evaluate NAME OPTIONS...: table to NAME.md, everything to NAME.json
evaluate() {
    local name=$1
    shift
    echo "== $name ($(date -u +%H:%M:%S))"
    settings+=("$name")
    "$train" evaluate --model "$model" --against cubic --samples 1 --seed 1 \
        --json "$out/$name.json" --markdown "$out/$name.md" "$@" >/dev/null
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

{
    printf '\n| setting | subject | cubic dB | %s dB | gain dB | SSIM gain |\n|---|---|---|---|---|---|\n' "$model"
    for name in "${settings[@]}"; do
        # A table after "the same re-contrast" is against the truth of that contrast.
        awk -F ' *\\| *' -v setting="$name" '/the same re-contrast/ { truth = ", truth too" }
            $3 ~ /^(T1|T2|FLAIR|-)$/ && NF > 10 {
            printf "| %s%s | %s | %s | %s | %s | %s |\n", setting, truth, $2, $4, $5, $6, $9 }' "$out/$name.md"
    done
    # Every measure in the plain setting, and the gain over the strong baseline, from the --detail reports.
    for part in '| subject | method |' '| gain over '; do
        printf '\n'
        awk -v part="$part" 'index($0, part) == 1 { inside = 1 } !/^\|/ { inside = 0 } inside' "$out/validation.md"
        awk -v part="$part" 'index($0, part) == 1 { inside = 1; line = 0 } !/^\|/ { inside = 0 }
            inside && ++line > 2' "$out/colin27.md"
    done
    sed -n '/^### Tiling/,$p' "$out/colin27.md"
} >"$out/summary.md"
cat "$out/summary.md"
