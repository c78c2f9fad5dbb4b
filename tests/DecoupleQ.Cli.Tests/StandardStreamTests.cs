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
        ToolResult result = Tool.RunRedirected(redirection, Arguments(command)).Expect(74);
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

    [Theory]
    [InlineData("inspect")]
    [InlineData("inspect --json")]
    [InlineData("tokenize")]
    [InlineData("help")]
    public void A_reader_that_has_left_ends_any_output_without_a_word(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, nothing tells.");
        // The reader ends before the tool, which takes longer to begin, writes.
        ToolResult result = Tool.RunRedirected("| true; echo ${PIPESTATUS[0]}", Arguments(command));
        Assert.Equal("141\n", result.Output);
        Assert.Equal("", result.Error);
    }

    [Theory]
    [InlineData("<&- >&-")]
    [InlineData("<&- >&- 2>&-")]
    public void Nothing_is_written_to_what_the_runtime_opened_in_the_place_of_closed_streams(string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, nothing tells.");
        // More than a pipe takes, so that writing to one that nobody reads would wait for ever.
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", string.Concat(Enumerable.Repeat("word ", 20_000)));
        ToolResult result = Tool.RunRedirected(redirection, "tokenize", Paths.Model, "--text", text).Expect(74);
        if (redirection == "<&- >&-")
        {
            Assert.Contains("Bad file descriptor", result.OneLine());
        }
    }

    [Fact]
    public void Streams_are_open_where_the_process_was_given_their_other_ends_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, nothing tells.");
        // As of a parent that lets a child inherit all that it has open itself.
        string text = Tool.Run(Arguments("inspect --json")).Expect(0).Output;
        Assert.Equal(text, Tool.RunRedirected("3< /proc/self/fd/1 4< /proc/self/fd/2", Arguments("inspect --json")).Expect(0).Output);
        string missing = Tool.RunRedirected("4< /proc/self/fd/2", "inspect", "nowhere").Expect(1).OneLine();
        Assert.StartsWith("decoupleq: nowhere: ", missing);
        using TemporaryFolder folder = new();
        string template = folder.Write("template.jinja", "{{ messages }}");
        Tool.RunRedirected("< <(echo /exit) 3> /proc/self/fd/0", "chat", Paths.Model, "--chat-template", template).Expect(0);
    }

    [Theory]
    [InlineData("generate")]
    [InlineData("tokenize")]
    [InlineData("render")]
    [InlineData("chat")]
    [InlineData("eval")]
    public void Closed_standard_input_is_called_that_and_not_waited_for(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, nothing tells.");
        using TemporaryFolder folder = new();
        string template = folder.Write("template.jinja", "{{ messages }}");
        string[] arguments = command switch
        {
            "generate" => ["generate", Paths.Model, "--prompt-file", "-"],
            "render" => ["render", Paths.Model, "--messages", "-", "--chat-template", template],
            "chat" => ["chat", Paths.Model, "--chat-template", template],
            _ => [command, Paths.Model, "--text", "-"],
        };
        Assert.StartsWith("decoupleq: standard input: It is closed. ", Tool.RunRedirected("<&-", arguments).Expect(1).OneLine());
        // Commands that do not ask for it do not mind.
        Tool.RunRedirected("<&-", Arguments("tokenize")).Expect(0);
    }

    [Theory]
    [InlineData("render", "It has more than 67108864 bytes. (expected: at most 67108864)")]
    [InlineData("chat", "A message is too long. (expected: at most 67108864 characters)")]
    public void Standard_input_has_the_bounds_of_files(string command, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /dev/zero here.");
        using TemporaryFolder folder = new();
        string template = folder.Write("template.jinja", "{{ messages }}");
        string[] messages = command == "render" ? ["--messages", "-"] : [];
        // An input without an end is not waited for either.
        ToolResult result = Tool.RunRedirected("< <(exec cat /dev/zero 2> /dev/null)", [command, Paths.Model, .. messages, "--chat-template", template]);
        Assert.Equal("decoupleq: standard input: " + error, result.Expect(1).OneLine());
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
