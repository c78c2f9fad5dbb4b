#!/usr/bin/env bash
# The kernels' tests as an Arm process, under an emulator of processes. They show that the Arm code is right, and that .NET compiles it rightly;
# an emulator says nothing about its speed. Where there is no emulator the exit code is 77.
# On Debian: dpkg --add-architecture arm64; apt-get update; apt-get install qemu-user libstdc++6:arm64 libssl3:arm64
# usage: eng/arm64.sh [TEST CLASS..]
set -euo pipefail
cd "$(dirname "$0")/.."

emulator="$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)"
if [ -z "$emulator" ] || [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
    echo "skipped: needs qemu-aarch64 and Arm's C++ and TLS libraries (see the head of eng/arm64.sh)" >&2
    exit 77
fi

classes=("$@")
if [ ${#classes[@]} -eq 0 ]; then
    classes=('*GemmTests' '*LinearKernelTests' '*BytePlanesTests' '*TableKernelTests' '*AttentionTests' '*ElementwiseTests' '*StoredFormatTests' '*WorkersTests' '*SlabRangesTests')
fi

# Apart from the other outputs, which are for this machine.
artifacts=artifacts/arm64
dotnet publish tests/DecoupleQ.Tests -c Release -r linux-arm64 --self-contained --artifacts-path "$artifacts" -o "$artifacts/tests" -v q -nologo
arguments=()
for class in "${classes[@]}"; do
    arguments+=(-class "$class")
done
DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$emulator" "$artifacts/tests/DecoupleQ.Tests" "${arguments[@]}"
