using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>Streams that take nothing: a full disk, a file that was closed.</summary>
public sealed class StandardStreamTests
{
    private const string Lost = "decoupleq: standard output: The result cannot be written there: ";

    private static readonly string[] Generate = ["generate", Paths.Model, "--prompt", "Once upon a time", "--temperature", "0", "--max-tokens", "4"];

    public static TheoryData<string, string> Results
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string command in (string[])["inspect --json", "inspect", "generate --json", "generate", "tokenize", "help", "version"])
            {
                data.Add(command, "> /dev/full");
                data.Add(command, ">&-");
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Results))]
    public void A_result_that_cannot_be_written_is_an_error_in_one_line(string command, string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /dev/full here.");
        ToolResult result = Tool.RunRedirected(redirection, Arguments(command)).Expect(1);
        string line = result.OneLine();
        Assert.StartsWith(Lost, line);
        Assert.Contains(redirection == ">&-" ? "Bad file descriptor" : "No space left on device", line);
    }

    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    public void An_error_that_cannot_be_written_as_an_object_is_a_line(string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /dev/full here.");
        Assert.StartsWith("decoupleq: nowhere: ", Tool.RunRedirected(redirection, "inspect", "nowhere", "--json").Expect(1).OneLine());
    }

    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    public void Notices_that_nobody_can_read_end_no_work(string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /dev/full here.");
        string text = Tool.Run(Generate).Expect(0).Output;
        Assert.Equal(text, Tool.RunRedirected(redirection, Generate).Expect(0).Output);
        string[] eval = ["eval", Paths.Model, "--text", PackedModel.Validation, "--context", "64", "--max-windows", "2"];
        Assert.Contains("perplexity", Tool.RunRedirected(redirection, eval).Expect(0).Output);
        Assert.Contains("perplexity", Tool.RunRedirected(redirection, [.. eval, "--progress", "json"]).Expect(0).Output);
        Tool.RunRedirected(redirection, "inspect", "nowhere").Expect(1);
        Tool.RunRedirected("> /dev/full " + redirection, "inspect", "nowhere", "--json").Expect(1);
    }

    private static string[] Arguments(string command) => command switch
    {
        "inspect" => ["inspect", Paths.Model],
        "inspect --json" => ["inspect", Paths.Model, "--json"],
        "generate" => Generate,
        "generate --json" => [.. Generate, "--json"],
        "tokenize" => ["tokenize", Paths.Model, "--text", Path.Combine(Paths.Model, "config.json")],
        "help" => ["--help"],
        _ => ["--version"],
    };
}
