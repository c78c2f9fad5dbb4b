#!/usr/bin/env bash
# Gets promtool, which checks the alert rules of deploy/prometheus, where it is missing: the program alone, out of Debian's package, into artifacts/tools. Nothing is
# installed, so that no service of it begins to run. Where that cannot be (no apt-get), the tests that need it are skipped, with the reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder="$PWD/artifacts/tools"
if command -v promtool > /dev/null || [ -x "$folder/promtool" ]; then
  exit 0
fi
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
  echo "promtool: not installed, and not to be had from here."
  exit 0
fi
echo "Getting promtool ..."
scratch="$(mktemp -d "${TMPDIR:-/tmp}/decoupleq-promtool.XXXXXX")"
trap 'rm -rf "$scratch"' EXIT
# Who downloads is another user, who has to be let in.
chmod 755 "$scratch"
cd "$scratch"
# Lists may be older than what the servers still have.
if ! apt-get download -qq prometheus > /dev/null 2>&1; then
  { [ "$(id -u)" -eq 0 ] && apt-get update -qq > /dev/null 2>&1 && apt-get download -qq prometheus > /dev/null 2>&1; } || {
    echo "promtool: Debian's package prometheus cannot be downloaded."
    exit 0
  }
fi
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
mkdir -p "$folder"
# Whole or not at all, whoever else is at it.
cp usr/bin/promtool "$folder/promtool.$$"
mv "$folder/promtool.$$" "$folder/promtool"
