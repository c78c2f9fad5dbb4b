using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class InputErrorTests : IDisposable
{
    private static readonly string Calibration = Path.Combine(Paths.Samples, "text", "calibration.txt");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("inspect")]
    [InlineData("generate")]
    [InlineData("eval")]
    [InlineData("quantize")]
    public void A_model_that_is_not_there_is_named(string command)
    {
        string model = _folder["nowhere"], text = _folder.Write("text.txt", "Once upon a time.");
        string[] rest = command switch
        {
            "generate" => ["--prompt", "p"],
            "eval" => ["--text", text],
            "quantize" => ["-o", _folder["out"], "--calibration", text],
            _ => [],
        };
        string line = Tool.Run([command, model, .. rest]).Expect(1).OneLine();
        Assert.StartsWith($"decoupleq: {model}", line);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("-j")]
    [InlineData("--json=true")]
    public void With_json_the_error_is_an_object_with_its_parts(string option)
    {
        string model = _folder["nowhere"];
        ToolResult result = Tool.Run("inspect", model, option).Expect(1);
        JsonElement error = result.Json().GetProperty("error");
        Assert.Equal(model, error.GetProperty("file").GetString());
        Assert.NotEqual("", error.GetProperty("expected").GetString());
        Assert.Contains(model, error.GetProperty("message").GetString());
        Assert.Equal("", result.Error);
    }

    [Theory]
    [InlineData("generate", "--prompt", "--json")]
    [InlineData("inspect", "--json=false")]
    public void Without_it_the_error_is_a_line_whatever_is_spelled_alike(string command, params string[] rest) =>
        Assert.StartsWith($"decoupleq: {_folder["nowhere"]}", Tool.Run([command, _folder["nowhere"], .. rest]).Expect(1).OneLine());

    [Fact]
    public void A_stack_trace_is_shown_with_verbose_only()
    {
        Assert.DoesNotContain("   at ", Tool.Run("inspect", _folder["nowhere"]).Expect(1).Error);
        Assert.Contains("   at ", Tool.Run("inspect", _folder["nowhere"], "--verbose").Expect(1).Error);
    }

    [Fact]
    public void A_text_that_is_not_there_or_is_a_folder_or_is_not_utf8_is_named()
    {
        string missing = _folder["missing.txt"], binary = _folder["binary.txt"];
        File.WriteAllBytes(binary, [0x41, 0xFF, 0xFE, 0x42]);
        Assert.Equal($"decoupleq: {missing}: --text: There is no such file. (expected: a text file)", Evaluate(missing));
        Assert.Equal($"decoupleq: {_folder.FullName}: --text: This is a folder. (expected: a text file)", Evaluate(_folder.FullName));
        Assert.Equal($"decoupleq: {binary}: --text: The text is not UTF-8. (expected: a text in UTF-8)", Evaluate(binary));

        static string Evaluate(string text) => Tool.Run("eval", Paths.Model, "--text", text).Expect(1).OneLine();
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("generation_config.json")]
    [InlineData("LICENSE")]
    [InlineData("NOTICE", "/dev/zero")]
    public void A_pipe_or_a_device_in_the_models_folder_is_refused_before_the_work(string name, string? device = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        Directory.CreateDirectory(_folder["model"]);
        foreach (string file in Directory.GetFiles(Paths.Model).Where(file => Path.GetFileName(file) != name))
        {
            File.CreateSymbolicLink(Path.Combine(_folder["model"], Path.GetFileName(file)), file);
        }
        string odd = Path.Combine(_folder["model"], name);
        if (device is null)
        {
            MakePipe(odd);
        }
        else
        {
            File.CreateSymbolicLink(odd, device);
        }
        foreach (string command in (string[])["quantize", "convert"])
        {
            string[] rest = command == "quantize" ? ["--calibration", Calibration, "--blocks", "1"] : [];
            if (command == "quantize" || name is not "tokenizer.json" and not "model.safetensors")
            {
                string line = Tool.Run([command, _folder["model"], "-o", _folder["out"], .. rest]).Expect(1).OneLine();
                Assert.StartsWith($"decoupleq: {odd}: This is a device or a pipe. (expected: a file; ", line);
            }
        }
        Assert.Equal([_folder["model"]], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void A_text_that_is_a_pipe_or_has_no_end_is_refused_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        string pipe = _folder["pipe"], sparse = _folder["sparse"];
        MakePipe(pipe);
        using (FileStream file = File.Create(sparse))
        {
            file.SetLength(1L << 40);
        }
        const string Odd = "This is a device or a pipe.";
        (string Path, string Message)[] texts = [(pipe, Odd), ("/dev/zero", Odd), (sparse, "The file has 1099511627776 bytes.")];
        foreach ((string path, string message) in texts)
        {
            string start = $"decoupleq: {path}: {message}";
            Assert.StartsWith(start, Tool.Run("eval", Paths.Model, "--text", path).Expect(1).OneLine());
            Assert.StartsWith(start, Tool.Run("quantize", Paths.Model, "-o", _folder["out"], "--calibration", path).Expect(1).OneLine());
        }
        Assert.StartsWith($"decoupleq: {pipe}: This", Tool.Run("generate", Paths.Model, "--prompt-file", pipe).Expect(1).OneLine());
        Assert.StartsWith($"decoupleq: {pipe}: This", Tool.Run("quantize", Paths.Model, "--recipe", pipe).Expect(1).OneLine());
    }

    private static void MakePipe(string path)
    {
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    [Fact]
    public void A_text_shorter_than_a_window_is_refused()
    {
        string text = _folder.Write("short.txt", "Hello.");
        Assert.StartsWith("decoupleq: ", Tool.Run("eval", Paths.Model, "--text", text, "--context", "64").Expect(1).OneLine());
    }

    [Fact]
    public void A_calibration_file_that_is_not_there_is_named_and_nothing_is_written()
    {
        string missing = _folder["missing.txt"];
        ToolResult result = Tool.Run("quantize", Paths.Model, "-o", _folder["out"], "--calibration", missing, "--blocks", "1").Expect(1);
        Assert.Contains(missing, result.Error);
        Assert.DoesNotContain("   at ", result.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Calibration_text_with_too_few_ids_is_refused_and_nothing_is_written()
    {
        string text = _folder.Write("short.txt", "Hello.");
        ToolResult result = Tool.Run("quantize", Paths.Model, "-o", _folder["out"], "--calibration", text, "--blocks", "1").Expect(1);
        Assert.DoesNotContain("   at ", result.Error);
        Assert.Equal([text], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void An_output_inside_or_equal_to_the_model_is_refused()
    {
        string model = _folder["model"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        string[] before = Directory.GetFileSystemEntries(model);
        foreach (string output in (string[])[model, Path.Combine(model, "packed"), Path.Combine(model, "..", "model")])
        {
            ToolResult result = Tool.Run("quantize", model, "-o", output, "--calibration", Calibration, "--blocks", "1", "--force").Expect(1);
            Assert.Contains("decoupleq: ", result.Error);
            Assert.DoesNotContain("   at ", result.Error);
        }
        Assert.Equal(before, Directory.GetFileSystemEntries(model));
    }

    [Fact]
    public void A_folder_with_files_of_somebody_else_is_never_replaced()
    {
        string output = _folder["out"];
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "letter.txt"), "Dear");
        foreach (string[] force in (string[][])[[], ["--force"]])
        {
            ToolResult result = Tool.Run(["quantize", Paths.Model, "-o", output, "--calibration", Calibration, "--blocks", "1", .. force]).Expect(1);
            Assert.Contains(output, result.Error);
            Assert.Equal("Dear", File.ReadAllText(Path.Combine(output, "letter.txt")));
        }
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void A_report_that_is_none_is_named()
    {
        string report = _folder.Write("report.json", "{");
        string line = Tool.Run("compare", Paths.Model, Paths.Model, "--text", Calibration, "--report", report).Expect(1).OneLine();
        Assert.Equal($"decoupleq: {report}: --report: The file holds no report. (expected: the output of 'decoupleq quantize --json')", line);
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_embedding_has_rows_is_refused()
    {
        string model = _folder["model"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        File.WriteAllText(Path.Combine(model, "added_tokens.json"), """{"tool": 4096}""");
        Assert.Equal(
            $"decoupleq: {Path.Combine(model, "config.json")}: vocab_size: The tokenizer has 4097 ids, but the embedding has 4096 rows. (expected: a " +
                "tokenizer whose ids all have a row, but for those that no text becomes)",
            Tool.Run("generate", model, "--prompt", "p").Expect(1).OneLine());
    }

    [Fact]
    public void A_truncated_model_is_named()
    {
        string model = _folder["model"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        string weights = Path.Combine(model, "model.safetensors");
        using (FileStream stream = File.OpenWrite(weights))
        {
            stream.SetLength(stream.Length - 100);
        }
        Assert.StartsWith($"decoupleq: {weights}", Tool.Run("generate", model, "--prompt", "p").Expect(1).OneLine());
    }
}
