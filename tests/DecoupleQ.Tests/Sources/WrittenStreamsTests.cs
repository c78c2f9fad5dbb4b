using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>Whatever is written on a terminal goes through one place, which makes control characters visible.</summary>
public sealed partial class WrittenStreamsTests
{
    // The home of the standard streams. A console's own writer, its Profile.Out, goes past what makes its text visible.
    private static readonly string[] Homes = ["src/DecoupleQ.Cli/Rendering/Terminal.cs", "src/DecoupleQ.Cli/Rendering/StandardStreams.cs"];

    [Fact]
    public void Nothing_else_opens_the_standard_streams()
    {
        IEnumerable<string> found = SourceTree.Where(Path.Combine(Paths.Repository, "src"), Opens().IsMatch).Select(name => "src/" + name);
        // Found where it is, so that the search finds something.
        Assert.Equal(Homes.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Console.WriteLine(1);", true)]
    [InlineData("System.Console.Out.Write(1);", true)]
    [InlineData("using var o = Console.OpenStandardOutput();", true)]
    [InlineData("AnsiConsole.Write(1);", true)]
    [InlineData("using static System.Console;", true)]
    [InlineData("using Output = System.Console;", true)]
    [InlineData("console.Profile.Out.Writer.Write(1);", true)]
    [InlineData("TextWriter writer = profile\n    .Out.Writer;", true)]
    [InlineData("IAnsiConsoleOutput output = profile.Out;", true)]
    [InlineData("console.Profile.Width = 80;", false)]
    [InlineData("Context.Terminal.Output.Write(1);", false)]
    [InlineData("Context.Terminal.OutputConsole.Write(1);", false)]
    [InlineData("using Spectre.Console.Rendering;", false)]
    [InlineData("using Spectre.Console;", false)]
    [InlineData("IAnsiConsole console = terminal.OutputConsole;", false)]
    public void The_search_tells_what_opens_them(string code, bool opens) => Assert.Equal(opens, Opens().IsMatch(code));

    [GeneratedRegex(@"(?<![\w.])(System\s*\.\s*)?(Ansi)?Console\s*\.\s*\w|(?<![\w.])System\s*\.\s*Console\b|\.\s*Out\b")]
    private static partial Regex Opens();
}
