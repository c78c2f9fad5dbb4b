using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>Links, folders and standard input where files are named.</summary>
public sealed class InputOutputTests
{
    private static readonly string[] Eval = ["eval", Paths.Model, "--context", "64", "--max-windows", "2", "--json", "--text"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_output_that_is_a_link_stays_one(bool exists)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        using TemporaryFolder folder = new();
        string link = folder["link"], target = folder["target"];
        if (exists)
        {
            Directory.CreateDirectory(target);
        }
        Directory.CreateSymbolicLink(link, target);
        Tool.Run("convert", Paths.Model, "-o", link, "--force").Expect(0);
        Assert.Equal(target, new DirectoryInfo(link).LinkTarget);
        Assert.True(File.Exists(Path.Combine(target, "model.safetensors")));
        Assert.Equal(["link", "target"], Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_of_logits_that_is_a_link_stays_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        using TemporaryFolder folder = new();
        string link = folder["link"], target = folder.Write("target", "");
        File.CreateSymbolicLink(link, target);
        string ids = WriteIds(folder);
        Tool.Run("logits", Paths.Model, "--ids", ids, "-o", link, "--last").Expect(0);
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.True(new FileInfo(target).Length > 4096 * sizeof(float));
        Assert.Contains("This is a folder.", Tool.Run("logits", Paths.Model, "--ids", ids, "-o", folder.FullName).Expect(1).OneLine());
    }

    [Theory]
    [InlineData("quantize MODEL -o OUT --calibration FOLDER")]
    [InlineData("quantize MODEL -o OUT --calibration TEXT --recipe FOLDER")]
    [InlineData("eval MODEL --text FOLDER")]
    [InlineData("compare MODEL MODEL --text TEXT --report FOLDER")]
    [InlineData("tokenize MODEL --text FOLDER")]
    [InlineData("generate MODEL --prompt-file FOLDER")]
    [InlineData("logits MODEL --ids FOLDER -o OUT")]
    public void A_folder_where_a_file_belongs_is_called_that(string line)
    {
        using TemporaryFolder folder = new();
        string given = folder.FullName;
        string[] arguments =
        [
            .. line.Split(' ').Select(word => word switch
            {
                "MODEL" => Paths.Model,
                "FOLDER" => given,
                "OUT" => folder["out"],
                "TEXT" => PackedModel.Validation,
                _ => word,
            }),
        ];
        Assert.StartsWith($"decoupleq: {given}: ", Tool.Run(arguments).Expect(1).OneLine());
        Assert.Contains("This is a folder.", Tool.Run(arguments).Error);
    }

    [Fact]
    public void A_dash_stands_for_standard_input_wherever_a_text_is_read()
    {
        string text = File.ReadAllText(PackedModel.Validation)[..4000];
        using TemporaryFolder folder = new();
        string file = folder.Write("text.txt", text);
        Assert.Equal(Perplexity(Tool.Run([.. Eval, file])), Perplexity(RunWith(text, [.. Eval, "-"])));

        string[] compare = ["compare", Paths.Model, Paths.Model, "--context", "64", "--max-windows", "2", "--json", "--text"];
        Assert.Equal(Tool.Run([.. compare, file]).Expect(0).Output, RunWith(text, [.. compare, "-"]).Expect(0).Output);

        string[] quantize = ["quantize", Paths.Model, "--blocks", "1", "--samples", "2", "--context", "64", "--block-epochs", "0", "--calibration"];
        Tool.Run([.. quantize, file, "-o", folder["a"]]).Expect(0);
        RunWith(text, [.. quantize, "-", "-o", folder["b"]]).Expect(0);
        const string Block = "model-00002-of-00009.safetensors";
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["a"], Block)), File.ReadAllBytes(Path.Combine(folder["b"], Block)));
        Assert.Contains("more than once", RunWith(text, [.. quantize, "-", "-", "-o", folder["c"]]).Expect(2).OneLine());
    }

    [Theory]
    [InlineData("Once upon a time\n")]
    [InlineData("Once upon a time\r\n")]
    [InlineData("Once upon a time")]
    public void A_prompt_may_be_in_a_file(string content)
    {
        string[] generate = ["generate", Paths.Model, "-n", "4", "--temperature", "0", "-j"];
        using TemporaryFolder folder = new();
        JsonElement expected = Tool.Run([.. generate, "-p", "Once upon a time"]).Expect(0).Json().GetProperty("ids");
        Assert.Equal(expected.ToString(), Tool.Run([.. generate, "-f", folder.Write("prompt.txt", content)]).Expect(0).Json().GetProperty("ids").ToString());
        Assert.Equal(expected.ToString(), RunWith(content, [.. generate, "--prompt-file", "-"]).Expect(0).Json().GetProperty("ids").ToString());
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("generate MODEL -p a -n 1 --temperature 0")]
    [InlineData("eval MODEL --text TEXT --context 16 --max-windows 1")]
    [InlineData("compare MODEL MODEL --text TEXT --context 16 --max-windows 1")]
    [InlineData("quantize MODEL -o OUT --calibration TEXT --context 16 --dry-run")]
    [InlineData("chat MODEL --chat-template TEMPLATE")]
    [InlineData("logits MODEL --ids IDS -o LOGITS")]
    public void Threads_are_the_same_in_every_command(string line)
    {
        using TemporaryFolder folder = new();
        string[] arguments = [.. line.Split(' ').Select(word => word switch
        {
            "MODEL" => Paths.Model,
            "TEXT" => PackedModel.Validation,
            "OUT" => Path.Combine(Path.GetTempPath(), "never-written"),
            "TEMPLATE" => Path.Combine(Paths.Samples, "chat", "tale.jinja"),
            "IDS" => WriteIds(folder),
            "LOGITS" => folder["logits.safetensors"],
            _ => word,
        })];
        foreach (string threads in (string[])["all", "0", "1"])
        {
            // A conversation ends with its input.
            RunWith("", [.. arguments, "--threads", threads]).Expect(0);
        }
        foreach (string threads in (string[])["-1", "1025", "99999999999", "some"])
        {
            Assert.Equal(
                $"decoupleq: --threads: '{threads}' cannot be used. (expected: a whole number from 0 to 1024, or all)",
                Tool.Run([.. arguments, "-t", threads]).Expect(2).OneLine());
        }
    }

    [Theory]
    [InlineData("convert MODEL -o OUT", "converting")]
    [InlineData("compare MODEL MODEL --text TEXT --context 64 --max-windows 2", "comparing")]
    [InlineData("logits MODEL --ids IDS -o OUT", "running")]
    public void Progress_is_an_event_a_line_or_nothing(string line, string phase)
    {
        using TemporaryFolder folder = new();
        string[] arguments =
        [
            .. line.Split(' ').Select(word => word switch
            {
                "MODEL" => Paths.Model,
                "TEXT" => PackedModel.Validation,
                "OUT" => folder["out"],
                "IDS" => WriteIds(folder),
                _ => word,
            }),
        ];
        JsonElement[] events =
        [
            .. Tool.Run([.. arguments, "--progress", "json"]).Expect(0).Error.TrimEnd().Split('\n').Select(text => JsonDocument.Parse(text).RootElement),
        ];
        Assert.Equal("started", events[0].GetProperty("event").GetString());
        Assert.Equal(arguments[0], events[0].GetProperty("command").GetString());
        Assert.Equal("finished", events[^1].GetProperty("event").GetString());
        JsonElement[] phases = [.. events[1..^1].Where(e => e.GetProperty("event").GetString() != "warning")];
        Assert.NotEmpty(phases);
        Assert.All(phases, progress => Assert.Equal(phase, progress.GetProperty("phase").GetString()));
        Assert.Equal(1, phases[^1].GetProperty("fraction").GetDouble());
        if (Directory.Exists(folder["out"]))
        {
            Directory.Delete(folder["out"], recursive: true);
        }
        string[] lines = Tool.Run([.. arguments, "--progress", "none"]).Expect(0).Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, said => Assert.StartsWith("Warning: ", said));
    }

    private static string WriteIds(TemporaryFolder folder)
    {
        const string Header = """{"a.ids":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}""";
        byte[] header = System.Text.Encoding.UTF8.GetBytes(Header.PadRight((Header.Length + 7) / 8 * 8));
        string path = folder["ids.safetensors"];
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. BitConverter.GetBytes(1), .. BitConverter.GetBytes(42)]);
        return path;
    }

    private static double Perplexity(ToolResult result) => result.Expect(0).Json().GetProperty("perplexity").GetDouble();

    private static ToolResult RunWith(string input, string[] arguments)
    {
        using Process process = Tool.Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }
}
