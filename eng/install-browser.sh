#!/usr/bin/env bash
# Installs what the tests of the server and of pages need beside .NET, where it is missing: Node, Chromium and a font with Japanese letters, from Debian's
# packages, and the official client for JavaScript.
# Where that cannot be (no apt-get, or not as root), the tests that need it are skipped, with the reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/DecoupleQ.Server.Tests/Browser"

missing=()
command -v node > /dev/null && command -v npm > /dev/null || missing+=(nodejs npm)
command -v chromium > /dev/null || missing+=(chromium)
# A font with Japanese letters, which pages are looked at with.
if [ -z "$(fc-list :lang=ja 2> /dev/null)" ]; then
  missing+=(fontconfig fonts-ipaexfont-gothic)
fi
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get > /dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "${missing[*]}: not installed, and not to be installed from here."
    exit 0
  fi
  echo "Installing ${missing[*]} ..."
  apt-get update -qq > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
# What was installed for this list is there.
if [ "$(cat node_modules/.installed 2> /dev/null)" != "$(cksum < package-lock.json)" ]; then
  npm ci --silent
  cksum < package-lock.json > node_modules/.installed
fi
