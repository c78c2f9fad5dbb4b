using System.Diagnostics;
using System.Text;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>The programs in <c>samples/</c>, run as their first lines say.</summary>
public sealed class SamplesTests
{
    [Fact]
    public void A_console_chat_answers_until_an_empty_line()
    {
        string output = Run("ConsoleChat", "Once upon a time\n\n", Paths.Model, Path.Combine(Paths.Samples, "chat", "tale.jinja")).Expect(0).Output;
        Assert.Equal(2, output.Split("> ").Length - 1);
        Assert.True(output.Length > 100, output);
    }

    [Fact]
    public void A_model_without_a_template_is_named()
    {
        Assert.Contains("The model has no chat template.", Run("ConsoleChat", "", Paths.Model).Expect(1).OneLine());
    }

    [Fact]
    public void Streaming_says_how_it_ended()
    {
        Assert.Matches(@"^\d+ tokens, ended by \w+; with Seed = \d+ ", Run("Streaming", "", Paths.Model, "Once upon a time").Expect(0).Error);
    }

    [Fact]
    public void Streaming_can_be_cancelled()
    {
        Assert.Matches(@"^Cancelled after \d+ tokens\.", Run("Streaming", "", Paths.Model, "Once upon a time", "0.001").Expect(0).Error);
    }

    [Fact]
    public void Many_users_get_the_texts_that_each_would_get_alone()
    {
        string output = Run("ManyUsers", "", Paths.Model, "3").Expect(0).Output;
        Assert.EndsWith("3 of 3 texts are the same.", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_find_a_line_by_itself()
    {
        using TemporaryFolder folder = new();
        string lines = folder.Write("lines.txt", "The sea was calm.\nShe sold the house.\n\nA ship came into the harbour.\n");
        string[] found = Run("Embeddings", "", Paths.Model, lines, "She sold the house.").Expect(0).Output.TrimEnd().Split('\n');
        Assert.Equal(3, found.Length);
        Assert.Equal("1.000  She sold the house.", found[0]);
    }

    [Fact]
    public void A_model_is_quantized_from_code()
    {
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", File.ReadAllText(PackedModel.Calibration)[..20000]), output = folder["packed"];
        string model = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        string said = Run("QuantizeFromCode", "", model, text, output, "32").Expect(0).Output;
        Assert.Contains($"{output}: ", said);
        Assert.Matches(@"Perplexity on the beginning of .*: \d+\.\d\d", said);
        Tool.Run("inspect", output).Expect(0);
    }

    [Fact]
    public void A_model_calls_a_function_of_the_program()
    {
        string output = Run(
            "ExtensionsAI", "When can we sail?\n\n", Paths.Model, Path.Combine(Paths.Samples, "chat", "tools.jinja"), "must").Expect(0).Output;
        Assert.Matches(@"^> \[tide of the (old|new) harbour\]\n", output);
        Assert.EndsWith("\n> ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_application_streams_an_answer()
    {
        using Process process = Start(
            "AspNetCore", "--urls", "http://127.0.0.1:0", "--DecoupleQ:Model", Paths.Model, "--DecoupleQ:ChatTemplate",
            Path.Combine(Paths.Samples, "chat", "tale.jinja"));
        try
        {
            CancellationToken cancelled = TestContext.Current.CancellationToken;
            Uri? address = null;
            while (address is null && await process.StandardOutput.ReadLineAsync(cancelled) is string line)
            {
                const string Listening = "Now listening on: ";
                int at = line.IndexOf(Listening, StringComparison.Ordinal);
                address = at < 0 ? null : new Uri(line[(at + Listening.Length)..].Trim());
            }
            Assert.NotNull(address);
            using var client = new HttpClient { BaseAddress = address };
            using var question = new StringContent("""{"question": "Once upon a time"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await client.PostAsync("/chat", question, cancelled);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            string[] events = (await response.Content.ReadAsStringAsync(cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.True(events.Length > 10, string.Concat(events));
            Assert.All(events, item => Assert.StartsWith("data: ", item, StringComparison.Ordinal));
            Assert.Contains("\"running\":0", await client.GetStringAsync("/status", cancelled));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public void A_web_application_without_a_model_does_not_start() =>
        Assert.Contains("No model is named.", Run("AspNetCore", "", "--urls", "http://127.0.0.1:0").Expect(1).Error);

    private static ToolResult Run(string sample, string input, params string[] arguments)
    {
        using Process process = Start(sample, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }

    private static Process Start(string sample, params string[] arguments)
    {
        // tests/X/bin/CONFIGURATION/FRAMEWORK, as samples/X/bin/CONFIGURATION/FRAMEWORK.
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(Paths.Samples, sample, "bin", framework.Parent!.Name, framework.Name, $"{sample}.dll");
        ProcessStartInfo start = new("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments.Prepend(program))
        {
            start.ArgumentList.Add(argument);
        }
        return Process.Start(start)!;
    }
}
