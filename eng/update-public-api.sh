#!/usr/bin/env bash
# Writes the lists of public members anew (src/*/PublicAPI.Unshipped.txt): what is public now and not among the shipped ones. What is shipped and gone stays, as an error of the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/require-dotnet.sh

for project in DecoupleQ DecoupleQ.Quantization DecoupleQ.Server; do
  list="src/$project/PublicAPI.Unshipped.txt"
  echo "Listing the public members of $project ..."
  printf '#nullable enable\n' > "$list"
  dotnet format analyzers "src/$project/$project.csproj" --diagnostics RS0016 RS0037 --severity info --verbosity minimal
  { head -n 1 "$list"; tail -n +2 "$list" | LC_ALL=C sort; } > "$list.sorted"
  mv "$list.sorted" "$list"
  echo "$(($(wc -l < "$list") - 1)) members that are not shipped are in $list."
done
