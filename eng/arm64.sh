#!/usr/bin/env bash
# The kernels' tests as an Arm process, under an emulator of processes (Debian: qemu-user, libc6-arm64-cross, libstdc++6-arm64-cross).
# What it shows is that the Arm code is right; an emulator says nothing about its speed.
# usage: eng/arm64.sh [TEST CLASS..]
set -euo pipefail
cd "$(dirname "$0")/.."

system="${ARM64_ROOT:-/usr/aarch64-linux-gnu}"
emulator="$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)"
if [ -z "$emulator" ] || [ ! -e "$system/lib/ld-linux-aarch64.so.1" ]; then
    echo "skipped: needs qemu-aarch64, and Arm's C and C++ libraries in $system (set ARM64_ROOT for another folder)" >&2
    echo "on Debian: apt-get install qemu-user libc6-arm64-cross libstdc++6-arm64-cross" >&2
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
DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$emulator" -L "$system" "$artifacts/tests/DecoupleQ.Tests" "${arguments[@]}"
