#!/usr/bin/env bash
# The perplexity figures of docs/results.md: quantizes the bundled model in each setting with each seed and evaluates the packed folders.
#   bench/perplexity.sh [SETTINGS [SEEDS [OPTIONS OF quantize..]]]
# SETTINGS is a list of BITS/GROUP-SIZE, "2/-1 2/64 3/-1 4/-1" by default; SEEDS "0 1 2" by default. About 40 s a run without block training on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
settings="${1:-2/-1 2/64 3/-1 4/-1}"
seeds="${2:-0 1 2}"
shift $(($# < 2 ? $# : 2))
tool=src/DecoupleQ.Cli/bin/Release/net10.0/DecoupleQ.Cli.dll
if [ ! -f "$tool" ]; then
  echo "$0: $tool is not there: dotnet build DecoupleQ.slnx -c Release builds it." >&2
  exit 1
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The number of a JSON field that stands on a line of its own.
field() {
  awk -F'[:,]' -v name="\"$1\"" '$1 ~ name { gsub(/ /, "", $2); print $2; exit }' "$2"
}

printf '%-10s %5s %10s %9s %9s %10s\n' setting seed perplexity bits/w seconds 'peak MB'
for setting in $settings; do
  sum=0
  for seed in $seeds; do
    dotnet "$tool" quantize samples/books-8m -o "$work/out" --force --json --bits "${setting%/*}" --group-size "${setting#*/}" --seed "$seed" \
      --calibration samples/text/calibration.txt --context 256 "$@" > "$work/quantize.json" 2> /dev/null || { cat "$work/quantize.json" >&2; exit 1; }
    dotnet "$tool" eval "$work/out" --text samples/text/validation.txt --context 256 --json > "$work/eval.json" 2> /dev/null || {
      cat "$work/eval.json" >&2
      exit 1
    }
    perplexity="$(field perplexity "$work/eval.json")"
    printf '%-10s %5s %10.3f %9.3f %9.1f %10.0f\n' "$setting" "$seed" "$perplexity" "$(field quantizedLayers "$work/quantize.json")" \
      "$(field total "$work/quantize.json")" "$(awk -v b="$(field peakMemoryBytes "$work/quantize.json")" 'BEGIN { print b / 1e6 }')"
    sum="$(awk -v a="$sum" -v b="$perplexity" 'BEGIN { print a + b }')"
  done
  awk -v s="$sum" -v n="$(echo $seeds | wc -w)" -v name="$setting" 'BEGIN { printf "%-10s %5s %10.3f\n", name, "mean", s / n }'
done
