#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains iqt-ur from nothing, calibrates it and writes its package: what models/packages/iqt-ur is made with.
# The budget is in steps, so that the same machine makes the same bytes; run it again after an
# interruption and it goes on where it was.
#   models/train.sh TRAINING_FOLDER OUTPUT_FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { echo "usage: models/train.sh TRAINING_FOLDER OUTPUT_FOLDER" >&2; exit 2; }
data=$1 out=$2
train=${IQT_TRAIN:-build/dev/models/train/iqt-train}
run=$out/run

resume=()
[ ! -f "$run/checkpoint.pt" ] || resume=(--resume)
"$train" train --data "$data" --labels "$data/labelmaps" --output "$run" --steps 11000 --spread-share 0.2727 \
    --filters 48 --blocks 8 --variance-filters 48 --variance-layers 2 --rate 5e-4 --seed 51 "${resume[@]}"
"$train" curve "$run" --output "$out/learning-curve.png"
"$train" calibrate --data "$data" --labels "$data/labelmaps" --run "$run" --flips 4
"$train" package "$out/iqt-ur" --weights "$run/weights.safetensors" --card models/train/cards/iqt-ur.json \
    --calibration "$run/calibration.json"
