#!/usr/bin/env bash
# The SmolLM2-135M-Instruct figures of docs/results.md: the dense perplexities, then for each setting the job by phase and the packed model's perplexities.
#   bench/smollm2.sh [SETTINGS [OPTIONS OF quantize..]]
# SETTINGS is a list of BITS/GROUP-SIZE/LEARNING-RATE[/SEED], the seed being that of the order of the windows. About 15 minutes a setting on two cores. OUT=FOLDER keeps the packed models and the JSON files; a setting that is there already is not made again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
settings="${1:-2/64/1e-5 2/64/1e-4 2/-1/1e-5 2/-1/1e-5/1 2/-1/1e-5/2 3/64/1e-5 4/64/1e-5}"
shift $(($# < 1 ? $# : 1))
data=../shared
model="$data/models/smollm2-135m-instruct/model.gguf"
tool="${TOOL:-src/DecoupleQ.Cli/bin/Release/net10.0/DecoupleQ.Cli.dll}"
for needed in "$model" "$data/data/wikitext-2/wiki.test.raw" "$data/data/books/validation.txt" "$data/golden/smollm2-calibration.safetensors" "$tool"; do
  if [ ! -f "$needed" ]; then
    echo "$0: $needed is not there. Needed are, beside the repository in $data, SmolLM2-135M-Instruct as a GGUF file, WikiText-2, the validation text and the" \
      "calibration ids, and the built tool (dotnet build DecoupleQ.slnx -c Release)." >&2
    exit 1
  fi
done
work="${OUT:-}"
if [ -z "$work" ]; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"

# The number of a JSON field that stands on a line of its own.
field() {
  awk -F'[:,]' -v name="\"$1\"" '$1 ~ name { gsub(/ /, "", $2); print $2; exit }' "$2"
}

# Makes a file with a command's standard output, once.
once() {
  local file="$1"
  shift
  if [ ! -s "$file" ]; then
    # With --json an error goes where the result would have gone.
    "$@" > "$file.unfinished" || { cat "$file.unfinished" >&2; exit 1; }
    mv "$file.unfinished" "$file"
  fi
}

perplexities() {
  once "$work/$1.wiki.json" dotnet "$tool" eval "$2" --text "$data/data/wikitext-2/wiki.test.raw" --context 512 --max-windows 100 --json
  once "$work/$1.books.json" dotnet "$tool" eval "$2" --text "$data/data/books/validation.txt" --context 512 --max-windows 100 --json
  printf '%-14s %9.3f %9.3f' "$1" "$(field perplexity "$work/$1.wiki.json")" "$(field perplexity "$work/$1.books.json")"
}

printf '%-14s %9s %9s %7s %8s %8s %8s %8s %8s %8s %8s\n' setting wiki books bits/w load forward Hessian solve minimise total 'peak MB'
perplexities dense "$model"
echo
for setting in $settings; do
  IFS=/ read -r bits group rate seed <<< "$setting"
  name="${setting//\//-}"
  once "$work/$name.json" dotnet "$tool" quantize "$model" -o "$work/$name" --force --json --bits "$bits" --group-size "$group" --block-lr "$rate" --seed "${seed:-0}" \
    --calibration "$data/golden/smollm2-calibration.safetensors" "$@"
  perplexities "$name" "$work/$name"
  printf ' %7.3f' "$(field quantizedLayers "$work/$name.json")"
  for phase in load forward hessian solve minimise total; do
    printf ' %8.1f' "$(field "$phase" "$work/$name.json")"
  done
  printf ' %8.0f\n' "$(awk -v b="$(field peakMemoryBytes "$work/$name.json")" 'BEGIN { print b / 1e6 }')"
done
