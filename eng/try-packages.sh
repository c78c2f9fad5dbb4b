#!/usr/bin/env bash
# Packs, installs the tool from the packages, and runs the commands and the C# program in README.md's sections "Install" and "From C#" as they stand.
# Nothing is written but artifacts/packages, artifacts/packing, where they are built while programs of this checkout may run, and a temporary folder: tools,
# package cache and settings of this account stay as they are. Dependencies come from that cache or the configured sources.
#   eng/try-packages.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/require-dotnet.sh

scratch="$(mktemp -d "${TMPDIR:-/tmp}/decoupleq-packages.XXXXXX")"
trap 'rm -rf "$scratch"' EXIT

# An account of its own for tools, and a package cache with everything but packages of this repository, which would hide the new ones.
cache="$(dotnet nuget locals global-packages --list | sed 's/^global-packages: *//')"
packages="$scratch/cache"
export DOTNET_CLI_HOME="$scratch/home"
export PATH="$DOTNET_CLI_HOME/.dotnet/tools:$PATH" DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
mkdir -p "$DOTNET_CLI_HOME" "$packages"

# A checkout with artifacts of its own: those of this one, such as what quickstart.sh made, are somebody's.
repository="$PWD" checkout="$scratch/checkout"
mkdir -p "$checkout/artifacts"
ln -s "$repository/samples" "$repository/global.json" "$checkout/"
ln -s "$repository/artifacts/packages" "$checkout/artifacts/packages"

for package in "$cache"/*/; do
  case "$(basename "$package")" in
    decoupleq*) ;;
    *) ln -s "${package%/}" "$packages/" ;;
  esac
done

# block SECTION LANGUAGE: the first fenced block of that language in that section.
block() {
  awk -v section="## $1" -v fence='```'"$2" '
    /^## / { in_section = $0 == section }
    in_section && !in_block && $0 == fence { in_block = 1; next }
    in_block && $0 == "```" { exit }
    in_block { print }' README.md
}

# run SECTION: its shell commands one after the other.
run() {
  block "$1" sh > "$scratch/commands"
  [ -s "$scratch/commands" ] || { echo "README.md has no commands under \"$1\"." >&2; exit 1; }
  while IFS= read -r command <&3; do
    if [[ "$command" == "dotnet run"* ]]; then
      block "From C#" csharp > "$scratch/hello/Program.cs"
    fi
    echo "\$ $command"
    case "$command" in
      # Of the checkout: what packing restores names its cache, with which its builds and tests go on.
      "dotnet pack"*) (export NUGET_PACKAGES="$cache"; eval "$command --artifacts-path artifacts/packing -p:RunAnalyzers=false" < /dev/null) ;;
      *) (cd "$checkout"; export NUGET_PACKAGES="$packages"; eval "$command" < /dev/null) ;;
    esac
  done 3< "$scratch/commands"
}

rm -rf artifacts/packages
run "Install"
run "From C#"
echo "The commands and the program of README.md run from the packages."
