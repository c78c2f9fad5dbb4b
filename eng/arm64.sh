#!/usr/bin/env bash
# What depends on the machine (the tests with the trait Machine), as an Arm process under an emulator of processes. They show that the Arm code is right, and
# that .NET compiles it rightly; an emulator says nothing about its speed. About ten minutes.
# The last line is the outcome. Exit codes: 0 all passed; 1 a test failed, or the emulator ended its process; 77 there is no emulator.
# On Debian: dpkg --add-architecture arm64; apt-get update; apt-get install qemu-user libstdc++6:arm64 libssl3:arm64
# usage: eng/arm64.sh [TEST CLASS..]
set -euo pipefail
cd "$(dirname "$0")/.."

emulator="$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)"
if [ -z "$emulator" ] || [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
    echo "arm64: skipped: needs qemu-aarch64 and Arm's C++ and TLS libraries (see the head of eng/arm64.sh)" >&2
    exit 77
fi

classes=("$@")
if [ ${#classes[@]} -eq 0 ]; then
    while IFS= read -r file; do
        classes+=("*.$(basename "$file" .cs)")
    done < <(grep -rlE --include='*Tests.cs' '^\[Trait\("Machine", ' tests/DecoupleQ.Tests | sort)
fi

# Apart from the other outputs, which are for this machine.
artifacts=artifacts/arm64
dotnet publish tests/DecoupleQ.Tests -c Release -r linux-arm64 --self-contained --artifacts-path "$artifacts" -o "$artifacts/tests" -v q -nologo

# A process a class, and one test at a time: the emulator may end a process of .NET's that has many threads at work with a segmentation fault.
failed=()
for class in "${classes[@]}"; do
    echo "== $class"
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$emulator" "$artifacts/tests/DecoupleQ.Tests" -parallelMode none -noLogo -class "$class" || failed+=("$class ($?)")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "arm64: ${#failed[@]} of ${#classes[@]} classes failed (exit code): ${failed[*]}" >&2
    exit 1
fi
echo "arm64: the tests of all ${#classes[@]} classes passed"
