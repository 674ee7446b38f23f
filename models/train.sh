#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains iqt-ur from nothing, calibrates it and writes its package, without metrics and limits: those are
# measured (models/report.sh) and written into the card afterwards.
# The budget is in steps, so that the same machine makes the same bytes; run it again after an
# interruption and it goes on where it was.
#   models/train.sh TRAINING_FOLDER OUTPUT_FOLDER
# IQT_MEAN_STEPS, IQT_LESION_STEPS and IQT_SPREAD_STEPS shorten it, to try the way and not the model.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { echo "usage: models/train.sh TRAINING_FOLDER OUTPUT_FOLDER" >&2; exit 2; }
data=$1 out=$2
train=${IQT_TRAIN:-build/dev/models/train/iqt-train}
subjects=(--data "$data" --labels "$data/labelmaps")

# stage NAME SEED OPTIONS...: trains into $out/NAME, or goes on with it
stage() {
    local run=$out/$1 seed=$2 resume=()
    shift 2
    [ ! -f "$run/checkpoint.pt" ] || resume=(--resume)
    "$train" train "${subjects[@]}" --output "$run" --filters 48 --blocks 8 --seed "$seed" "$@" "${resume[@]}"
}
stage mean 51 --steps "${IQT_MEAN_STEPS:-6000}" --spread-share 0 --rate 4e-4
# Small lesions are rare in the first stage; here a patch holds several, and many lie at the ventricles.
stage lesions 52 --steps "${IQT_LESION_STEPS:-2600}" --spread-share 0 --rate 3e-4 --small-lesions 25 \
    --start "$out/mean/weights.safetensors"
stage spread 51 --steps "${IQT_SPREAD_STEPS:-2000}" --spread-share 1 --start "$out/lesions/weights.safetensors" \
    --variance-filters 48 --variance-layers 2
"$train" curve "$out/mean" "$out/lesions" --output "$out/learning-curve.png"
"$train" calibrate "${subjects[@]}" --run "$out/spread" --flips 4 --risky-error 0.1 0.2
"$train" package "$out/iqt-ur" --weights "$out/spread/weights.safetensors" --card models/train/cards/iqt-ur.json \
    --calibration "$out/spread/calibration.json" --settings "$out/spread/settings.json" --unmeasured
