#!/usr/bin/env bash
# From a clone to a working 2-bit model: builds, quantizes the bundled model, compares it with the dense one and lets both write. At a terminal it goes on to a
# conversation: with MODEL, a model's folder or GGUF file with a chat template, if it is given, else with the model made here, which only knows how to tell tales.
#   ./quickstart.sh [MODEL]
set -euo pipefail
partner="${1:-}"
case "$partner" in
  "" | /*) ;;
  *) partner="$PWD/$partner" ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")"
source eng/require-dotnet.sh

model=samples/books-8m
packed=artifacts/books-8m-2bit
# A name that nothing has: what is there may be in use, or somebody's.
for ((n = 2; ; n++)); do
  [ -e "$packed" ] || [ -e "$packed.partial" ] || break
  packed=artifacts/books-8m-2bit-$n
done
report=$packed.json
tool=src/DecoupleQ.Cli/bin/Release/net10.0/DecoupleQ.Cli.dll

echo "Building ..."
dotnet build src/DecoupleQ.Cli/DecoupleQ.Cli.csproj --configuration Release --verbosity quiet -consoleLoggerParameters:NoSummary
mkdir -p artifacts

echo "Quantizing $model to 2 bits in groups of 64 ..."
dotnet "$tool" quantize "$model" --output "$packed" \
  --calibration samples/text/calibration.txt --context 256 --samples 128 \
  --bits 2 --group-size 64 --json > "$report" || {
    code=$?
    cat "$report" >&2 # with --json an error goes where the report would have gone
    exit "$code"
  }

echo "Comparing with the dense model on samples/text/validation.txt ..."
dotnet "$tool" compare "$model" "$packed" --text samples/text/validation.txt --context 256 \
  --prompt "The captain looked at the sea and" --report "$report"

echo "The packed model is in $packed. More of its text:"
echo "  dotnet $tool generate $packed --prompt \"Once upon a time\" --temperature 0.8 --top-p 0.95"

# Never waits for somebody who is not there.
if [ -t 0 ] && [ -t 1 ]; then
  if [ -n "$partner" ]; then
    echo "A conversation with $partner:"
    dotnet "$tool" chat "$partner"
  else
    echo "A tale to which you and the packed model both add. Begin it:"
    dotnet "$tool" chat "$packed" --chat-template samples/chat/tale.jinja --max-tokens 40 --temperature 0.8 --top-p 0.95
  fi
fi
