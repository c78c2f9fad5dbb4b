using System.CommandLine;
using DecoupleQ.Evaluation;
using DecoupleQ.Generation;

namespace DecoupleQ.Cli.Options;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    public static Option<bool> Verbose() => new("--verbose")
    {
        Description = "Show where an error happened",
    };

    public static NumberOption<int> Context(string description) => new(
        "--context",
        description + " [default: the smaller of 2048 and the model's]",
        OptionRange.Context)
    {
        Aliases = { "-c" },
    };

    public static NumberOption<int> ModelContext() => new(
        "--context",
        "The most tokens of a sequence; more than the model's config says is run with a warning [default: the config's]",
        "a whole number, at least 1",
        context => context >= 1)
    {
        Aliases = { "-c" },
    };

    public static NumberOption<int> MaxWindows() => new(
        "--max-windows",
        "Evaluate only this many windows from the start of the text [default: all]",
        EvaluationOptions.MaxWindowsRange);

    public static NumberOption<int> MaxTokens(int defaultValue) => new(
        "--max-tokens",
        "Generate at most this many tokens",
        GenerationRanges.MaxTokens,
        defaultValue)
    {
        Aliases = { "-n" },
    };

    public static PathOption Text(bool isRequired = true) => new(
        "--text", [], "FILE", "The text to evaluate on, in UTF-8; - for standard input", "a text file, or - for standard input")
    {
        Required = isRequired,
    };
}
