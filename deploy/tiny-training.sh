#!/usr/bin/env bash
# Writes a recipe and a few pictures, enough for `dml train tiny.json` to show in seconds that training works.
#   deploy/tiny-training.sh FOLDER
set -euo pipefail
screenshots=$(dirname "$0")/../docs/screenshots
for class in a b c d; do
  mkdir -p "$1/pictures/$class"
  cp "$screenshots"/{import,jobs,models}*.png "$1/pictures/$class"
done
cat >"$1/tiny.json" <<'JSON'
{
  "dataset": { "name": "folders", "folder": "pictures" },
  "sampler": { "name": "balanced", "classes": 2, "pictures": 2 },
  "backbone": { "name": "googlenet", "inputSize": 16, "stages": 3, "initialization": "fan-in" },
  "head": { "dimension": 8 },
  "training": { "epochs": 2, "learningRate": 1e-3, "validateEvery": 2 }
}
JSON
