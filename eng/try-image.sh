#!/usr/bin/env bash
# Goes through deploy/Dockerfile as far as that goes without Docker: publishes with its own command, and starts its entry point and command from the result as a user without
# rights, with the model mounted where nothing may be written, on a free port. Needs to be root.
#   eng/try-image.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/require-dotnet.sh

[ "$(id -u)" -eq 0 ] || { echo "Only root can become another user." >&2; exit 1; }
scratch="$(mktemp -d "${TMPDIR:-/tmp}/decoupleq-image.XXXXXX")"
server=""
trap '[ -z "$server" ] || kill "$server" 2> /dev/null; rm -rf "$scratch"' EXIT

# The command of RUN, into a folder that stands for the image's root.
case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
publish="$(sed -n 's/^RUN \(dotnet publish .*\)$/\1/p' deploy/Dockerfile)"
[ -n "$publish" ] || { echo "deploy/Dockerfile publishes nothing." >&2; exit 1; }
publish="${publish/\$TARGETARCH/$arch}"
echo "\$ $publish"
eval "${publish/--output \/app/--output $scratch/app} --verbosity quiet --artifacts-path $scratch/artifacts" < /dev/null

# The words of ENTRYPOINT and CMD.
words() { sed -n "s/^$1 \[\(.*\)\]$/\1/p" deploy/Dockerfile | tr -d '"' | tr ',' '\n' | sed 's/^ *//'; }
mapfile -t command < <(words ENTRYPOINT; words CMD)
mkdir "$scratch/model" "$scratch/secrets"
cp samples/books-8m/* "$scratch/model/"
echo sesame > "$scratch/secrets/api-keys"
chmod -R a+rX,a-w "$scratch"
# The volume of the monitor log, which the user without rights has to itself.
volume="$(sed -n 's/^VOLUME //p' deploy/Dockerfile)"
install -d -m 700 -o 65534 -g 65534 "$scratch/state"
for i in "${!command[@]}"; do
  case "${command[$i]}" in
    /app/*) command[$i]="$scratch${command[$i]}" ;;
    /model) command[$i]="$scratch/model" ;;
    "$volume") command[$i]="$scratch/state" ;;
    /run/secrets/*) command[$i]="$scratch/secrets/${command[$i]##*/}" ;;
    8080) command[$i]=0 ;;
    0.0.0.0) command[$i]=127.0.0.1 ;;
  esac
done
echo "\$ ${command[*]}"
log="$(mktemp)"
dotnet="$(command -v "${command[0]}")"
setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all \
  env -i HOME=/nonexistent PATH="$PATH" ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} "$dotnet" "${command[@]:1}" > "$log" 2>&1 &
server=$!
for _ in $(seq 300); do
  address="$(sed -n 's/^Serving .* at \(.*\)\/v1;.*/\1/p' "$log")"
  [ -z "$address" ] || break
  kill -0 "$server" 2> /dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done
[ -n "$address" ] || { cat "$log" >&2; exit 1; }

ask() { curl --silent --show-error --max-time 30 "$@"; }
echo "Without a key: $(ask -o /dev/null -w '%{http_code}' "$address/v1/models")"
echo "With it: $(ask -H 'Authorization: Bearer sesame' -H 'Content-Type: application/json' -d '{"prompt": "Once", "max_tokens": 4}' -o /dev/null -w '%{http_code}' "$address/v1/completions")"
echo "Health: $(ask "$address/health")"
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=""
rm -f "$log"
echo "Entries of the monitor log: $(grep -c '"kind":"answer"' "$scratch/state/decoupleq.monitor.jsonl")"
echo "Ended with $code."
[ "$code" -eq 0 ]
