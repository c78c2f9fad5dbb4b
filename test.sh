#!/usr/bin/env bash
# Builds everything and runs every test. The last line says how many passed, failed and were skipped, the lines before it why those were skipped, with the name of each
# file that is not there; the exit code is 0 only if none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source eng/require-dotnet.sh

echo "Building ..."
dotnet build DecoupleQ.slnx --configuration Release --verbosity quiet -consoleLoggerParameters:NoSummary

eng/install-browser.sh
eng/install-promtool.sh

log="$(mktemp "${TMPDIR:-/tmp}/decoupleq-tests.XXXXXX")"
reasons="$(mktemp "${TMPDIR:-/tmp}/decoupleq-skipped.XXXXXX")"
trap 'rm -f "$log" "$reasons"' EXIT

# The last number after "  NAME: " in the test run's summary; 0 if there is none.
count() {
  awk -v name="$1:" '$1 == name && $2 ~ /^[0-9]+$/ { n = $2 } END { print n + 0 }' "$log"
}

passed=0
failed=0
skipped=0
for project in tests/*/*.csproj; do
  name="$(basename "$project" .csproj)"
  echo "Testing $name ..."
  code=0
  dotnet test --project "$project" --configuration Release --no-build > "$log" 2>&1 || code=$?
  project_passed="$(count succeeded)"
  project_failed="$(count failed)"
  project_skipped="$(count skipped)"
  # A skipped test is a line with its name, then one with the reason.
  awk '/^skipped / { getline; sub(/^ +/, ""); print }' "$log" >> "$reasons"
  if [ "$code" -ne 0 ] || [ "$project_passed" -eq 0 ]; then
    cat "$log"
    if [ "$project_failed" -eq 0 ]; then
      echo "$name ended with exit code $code after $project_passed passed tests: it counts as one failure." >&2
      project_failed=1
    fi
  fi
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  skipped=$((skipped + project_skipped))
done

summary="$passed passed, $failed failed"
if [ "$skipped" -gt 0 ]; then
  summary="$summary, $skipped skipped"
  echo "Skipped, and how many tests for each reason:"
  sort "$reasons" | uniq -c | awk '{ n = $1; sub(/^ *[0-9]+ /, ""); print "  " $0 " (" n ")" }'
fi
echo "$summary"
[ "$failed" -eq 0 ]
