#!/usr/bin/env bash
# What a process that has just begun does: seconds from its start to the first token, and the speed of its first 64 tokens and of its first prompt of 256 ids
# and some, for the tool as it is built and as it is published for one kind of machine, compiled ahead of time. Medians of RUNS.
#   bench/start.sh MODEL.. [--runs RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/require-dotnet.sh

runs=5
models=()
while [ $# -gt 0 ]; do
  case "$1" in
    --runs) runs="$2"; shift 2 ;;
    *) models+=("$1"); shift ;;
  esac
done
[ ${#models[@]} -gt 0 ] || { echo "usage: bench/start.sh MODEL.. [--runs RUNS]" >&2; exit 2; }

echo "Building ..."
kind="$(dotnet --info | sed -n 's/^ *RID: *//p' | head -1)"
dotnet build src/DecoupleQ.Cli -c Release -v quiet -p:RunAnalyzers=false
dotnet publish src/DecoupleQ.Cli -c Release -r "$kind" --self-contained false -p:PublishReadyToRun=true -p:RunAnalyzers=false -v quiet \
  --artifacts-path artifacts/packing -o artifacts/ready-to-run

prompt="$(mktemp)"
trap 'rm -f "$prompt"' EXIT
# A character is a quarter of a token in a large vocabulary; in a small one this is a longer prompt.
head -c 3000 samples/text/validation.txt | tail -c 1050 > "$prompt"

median() { sort -n | sed -n "$(( (runs + 1) / 2 ))p"; }
field() { sed -n "s/^ *\"$1\": *\\([0-9.]*\\).*/\\1/p"; }

generate() { dotnet "$1/DecoupleQ.Cli.dll" generate "$2" --temperature 0 --json "${@:3}" 2> /dev/null; }

measure() {
  for _ in $(seq "$runs"); do "$@"; done | median
}

first() {
  local start
  start=$(date +%s%N)
  generate "$1" "$2" --prompt "It was" --max-tokens 1 > /dev/null
  echo $(( ($(date +%s%N) - start) / 1000000 ))
}
tokens() { generate "$1" "$2" --prompt "It was a bright day and" --max-tokens 64 | field decodeTokensPerSecond; }
# A prompt that is longer than the model's context has no speed.
prefill() { generate "$1" "$2" --prompt-file "$prompt" --max-tokens 1 | field prefillTokensPerSecond | sed "s/\..*//" | grep . || echo -; }

printf '%-40s %-22s %10s %22s %22s\n' model tool "first, ms" "64 tokens, tokens/s" "prompt, tokens/s"
for model in "${models[@]}"; do
  for tool in src/DecoupleQ.Cli/bin/Release/net10.0 artifacts/ready-to-run; do
    printf '%-40s %-22s %10.0f %22.0f %22s\n' "$(basename "$(dirname "$model")")/$(basename "$model")" "$(basename "$tool")" \
      "$(measure first "$tool" "$model")" "$(measure tokens "$tool" "$model")" "$(measure prefill "$tool" "$model")"
  done
done
