using System.CommandLine.Parsing;

namespace DecoupleQ.Cli.Options;

/// <summary>What every path must be before anything looks for it on the disk.</summary>
internal static class PathValidation
{
    public static void Validate(SymbolResult result)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value) || token.Value.Contains('\0')))
        {
            result.AddError("The path is empty.");
        }
    }
}
