#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures a model for models/README.md: the plain setting with every measure, lesions and figures, then one
# setting after the other. It took 28 minutes on two cores that a build shared.
#   models/report.sh VALIDATION_FOLDER OUTPUT_FOLDER [MODEL]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { echo "usage: models/report.sh VALIDATION_FOLDER OUTPUT_FOLDER [MODEL]" >&2; exit 2; }
data=$1 out=$2 model=${3:-iqt-ur}
train=${IQT_TRAIN:-build/dev/models/train/iqt-train}
colin=/usr/share/mricron/templates/ch2.nii.gz
mkdir -p "$out"

# evaluate NAME OPTIONS...: table to NAME.md, everything to NAME.json
evaluate() {
    local name=$1
    shift
    echo "== $name ($(date -u +%H:%M:%S))"
    "$train" evaluate --model "$model" --against cubic --samples 1 --seed 1 \
        --json "$out/$name.json" --markdown "$out/$name.md" "$@" >/dev/null
}

plain=(--in-plane-mm 1.6 --slice-mm 5 --snr 18)
evaluate validation --data "$data" "${plain[@]}" --detail --lesions --figures "$out/figures"
evaluate colin27 --data "$colin" --contrast T1 "${plain[@]}" --detail --lesions --figures "$out/figures"
for mm in 3 4 7; do evaluate "slice-$mm-mm" --data "$data" --in-plane-mm 1.6 --slice-mm $mm --snr 18; done
evaluate zero-filled-0.8-mm --data "$data" "${plain[@]}" --output-in-plane-mm 0.8
for plane in sagittal coronal; do evaluate $plane --data "$data" "${plain[@]}" --slice-axis $plane; done
for snr in 10 30; do evaluate snr-$snr --data "$data" --in-plane-mm 1.6 --slice-mm 5 --snr $snr; done
evaluate recontrast-artefacts --data "$data" "${plain[@]}" --recontrast --mtf 0.7 --bias 0.2 --ghost 0.04 \
    --zipper 0.1 --motion-mm 0.4 --motion-deg 0.4

printf '\n| setting | subject | cubic dB | %s dB | gain dB | SSIM gain |\n|---|---|---|---|---|---|\n' "$model" >"$out/summary.md"
for file in validation colin27 slice-3-mm slice-4-mm slice-7-mm zero-filled-0.8-mm sagittal coronal snr-10 snr-30 recontrast-artefacts; do
    awk -F ' *\\| *' -v setting="$file" '$3 ~ /^(T1|T2|FLAIR)$/ && NF > 10 {
        printf "| %s | %s | %s | %s | %s | %s |\n", setting, $2, $4, $5, $6, $9 }' "$out/$file.md" >>"$out/summary.md"
done
cat "$out/summary.md"
