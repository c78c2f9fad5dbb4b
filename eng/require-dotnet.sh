# Sourced by the scripts in the repository's root, from that folder: checks for the .NET SDK that global.json asks for and quiets its banner.

export DOTNET_NOLOGO=1
export DOTNET_CLI_TELEMETRY_OPTOUT=1
export DOTNET_CLI_UI_LANGUAGE=en

if ! command -v dotnet > /dev/null 2>&1; then
  echo "The .NET 10 SDK is needed and 'dotnet' is not on the PATH. Get it at https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi
if ! dotnet --version > /dev/null 2>&1; then
  echo "The .NET 10 SDK is needed and 'dotnet' has none that global.json accepts. Get it at https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  echo "SDKs found:" >&2
  (cd / && dotnet --list-sdks) >&2 || true
  exit 1
fi
