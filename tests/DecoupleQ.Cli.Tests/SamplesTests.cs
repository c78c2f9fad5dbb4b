using System.Diagnostics;
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

    private static ToolResult Run(string sample, string input, params string[] arguments)
    {
        // tests/X/bin/CONFIGURATION/FRAMEWORK, as samples/X/bin/CONFIGURATION/FRAMEWORK.
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(Paths.Samples, sample, "bin", framework.Parent!.Name, framework.Name, $"{sample}.dll");
        ProcessStartInfo start = new("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments.Prepend(program))
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }
}
