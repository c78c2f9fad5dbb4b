using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class TerminationTests
{
    // What is ended would go on for much longer than a busy machine takes to end it.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_ends_the_job_and_leaves_nothing_that_looks_whole(string signal, int exitCode)
    {
        Assert.SkipUnless(CanSignal(signal), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string output = folder["out"];
        using Process process = Tool.Start(
            "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--samples", "64", "--context", "256", "--threads", "1");
        string? line = process.StandardError.ReadLine(); // the job has begun
        Assert.NotNull(line);
        Send(signal, process.Id);
        string rest = process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.True(process.ExitCode == exitCode, $"exit code {process.ExitCode}\n{line}\n{rest}");
        Assert.EndsWith("decoupleq: Cancelled. No block was finished, and nothing is kept.\n", rest);
        Assert.False(Directory.Exists(output));
        Assert.DoesNotContain(
            Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories), file => Path.GetFileName(file) == "config.json");
    }

    [Fact]
    public void A_job_that_is_ended_says_what_it_keeps_and_goes_on_from_there()
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string output = folder["out"];
        string[] arguments =
        [
            "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--blocks", "3", "--samples", "16", "--context", "64",
            "--block-epochs", "1",
        ];
        using Process process = Tool.Start(arguments);
        string? line;
        do
        {
            line = process.StandardError.ReadLine();
        }
        while (line is not null && !line.StartsWith("block 2 of 3", StringComparison.Ordinal));
        Assert.NotNull(line);
        Send("INT", process.Id);
        string rest = process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith($"decoupleq: Cancelled. 1 finished block is kept in {output}.partial; the same command with --resume goes on from there.\n", rest);

        const string Block1 = "model-00002-of-00009.safetensors";
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output + ".partial", "model", Block1));
        Tool.Run([.. arguments, "--resume"]).Expect(0);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, Block1)));
    }

    [Theory]
    [InlineData("eval")]
    [InlineData("task")]
    [InlineData("compare")]
    [InlineData("generate")]
    public void What_would_take_minutes_ends_at_once(string command)
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        const string Context = "200000";
        using TemporaryFolder folder = new();
        string text = string.Concat(Enumerable.Repeat(File.ReadAllText(PackedModel.Validation), 2)), file = folder.Write("text.txt", text);
        string[] arguments = command switch
        {
            "eval" => ["eval", Paths.Model, "--text", file, "--context", Context, "--against", Paths.Model, "--threads", "1"],
            "task" => ["eval", Paths.Model, "--task", Task(folder), "--metric", "contains", "--max-tokens", "200", "--threads", "1"],
            "compare" => ["compare", Paths.Model, Paths.Model, "--text", file, "--threads", "1"],
            _ => ["generate", Paths.Model, "--prompt", text[..100_000], "--context", Context, "--threads", "1"],
        };
        using Process process = Tool.Start(arguments);
        // The model is loaded, a window or a tenth of the questions is done.
        Assert.NotNull(process.StandardError.ReadLine());
        Send("INT", process.Id);
        string error = EndsSoon(process);
        Assert.Equal(130, process.ExitCode);
        Assert.Contains(command == "task" ? "decoupleq: Cancelled. Of " : "decoupleq: Cancelled.", error);
    }

    private static string Task(TemporaryFolder folder) => folder.Write(
        "task.jsonl", string.Concat(Enumerable.Range(0, 500).Select(i => $"{{\"prompt\": \"Tale {i} of the sea:\", \"expected\": \"sea\"}}\n")));

    [Theory]
    [InlineData("tokenize", 1.0)]
    [InlineData("render", 0.6)]
    [InlineData("dry run", 0.8)]
    [InlineData("doctor", 0.4)]
    public void What_computes_without_a_word_ends_at_once(string command, double seconds)
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string text = folder.Write("text.txt", string.Concat(Enumerable.Repeat("word and another 1234. ", 3_000_000)));
        string template = folder.Write("t.jinja", "{% for i in range(99999) %}{% for j in range(99999) %}{% if i %}{% endif %}{% endfor %}{% endfor %}");
        string[] arguments = command switch
        {
            "tokenize" => ["tokenize", Paths.Model, "--text", text],
            "render" => ["render", Paths.Model, "--messages", folder.Write("m.json", "[]"), "--chat-template", template],
            "dry run" => ["quantize", Paths.Model, "-o", folder["out"], "--calibration", text, "--dry-run"],
            _ => ["doctor"],
        };
        // Where it is over before it is told to end, it is told earlier.
        for (int attempt = 0; attempt < 5; attempt++, seconds *= 0.7)
        {
            using Process process = Tool.Start(arguments);
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            if (TrySend("INT", process.Id) && EndsSoon(process) is string error && process.ExitCode == 130)
            {
                Assert.Contains("decoupleq: Cancelled.", error);
                return;
            }
        }
        Assert.Fail("The command was over each time.");
    }

    [Fact]
    public void A_prompt_of_a_larger_model_ends_within_half_a_second()
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        string model = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        string prompt = File.ReadAllText(PackedModel.Validation)[..60_000];
        TimeSpan best = TimeSpan.MaxValue;
        // A busy machine may be slow once.
        for (int attempt = 0; attempt < 5 && best > TimeSpan.FromSeconds(0.5); attempt++)
        {
            using Process process = Tool.Start("generate", model, "--prompt", prompt, "--context", "100000", "--temperature", "0");
            Assert.NotNull(process.StandardError.ReadLine()); // the warning of the context, when the model is loaded
            Thread.Sleep(TimeSpan.FromSeconds(0.3));
            var clock = Stopwatch.StartNew();
            Send("INT", process.Id);
            EndsSoon(process);
            best = clock.Elapsed < best ? clock.Elapsed : best;
            Assert.Equal(130, process.ExitCode);
        }
        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public void A_measurement_that_is_ended_does_not_count_as_done()
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        // It shows nothing before it is done, after more than a second: on a busy machine the signal may come too late.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            using Process process = Tool.Start("doctor");
            Thread.Sleep(TimeSpan.FromSeconds(0.6));
            if (TrySend("INT", process.Id))
            {
                EndsSoon(process);
                Assert.Equal(130, process.ExitCode);
                Assert.Equal("", process.StandardOutput.ReadToEnd());
                return;
            }
        }
        Assert.Fail("The command was over each time.");
    }

    [Fact]
    public void A_command_that_waits_for_a_text_ends_at_once()
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using Process process = Tool.Start("tokenize", Paths.Model, "--text", "-");
        Thread.Sleep(TimeSpan.FromSeconds(0.6));
        Send("INT", process.Id);
        EndsSoon(process);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public void Ctrl_C_at_a_terminal_ends_a_command_that_waits_for_a_text()
    {
        Assert.SkipUnless(CanSignal("INT") && PseudoTerminal.Exists, "Signals cannot be sent here, or there is no 'script' that makes a terminal.");
        using Process process = PseudoTerminal.Start(80, "", "tokenize", Paths.Model, "--text", "-");
        Thread.Sleep(TimeSpan.FromSeconds(1));
        process.StandardInput.Write("half a line\x03");
        process.StandardInput.Flush();
        Assert.True(process.WaitForExit(Soon));
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public void Ctrl_C_ends_an_answer_and_not_the_conversation()
    {
        Assert.SkipUnless(CanSignal("INT"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }
        folder.Write("chat_template.jinja", "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:");
        using Process process = Tool.Start("chat", folder.FullName, "--temperature", "0", "--max-tokens", "100000", "--context", "100000", "--threads", "1");
        Assert.StartsWith("Warning: ", process.StandardError.ReadLine());
        process.StandardInput.WriteLine("Who was the captain?");
        process.StandardInput.Flush();
        Assert.NotEqual(-1, process.StandardOutput.Read()); // it answers, and would for minutes
        Send("INT", process.Id);
        Assert.StartsWith("The answer was ended by Ctrl-C; what there is of it stays in the conversation.", process.StandardError.ReadLine());

        process.StandardInput.WriteLine("And the ship?");
        process.StandardInput.Flush();
        process.StandardOutput.ReadLine();
        Assert.NotEqual(-1, process.StandardOutput.Read());
        Send("INT", process.Id);
        Assert.StartsWith("The answer was ended by Ctrl-C", process.StandardError.ReadLine());
        Send("INT", process.Id); // nothing is being answered
        EndsSoon(process);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public void A_reader_that_goes_away_ends_a_generation_at_once_and_makes_no_noise()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There the system does not tell.");
        // It would go on for minutes.
        using Process process = Tool.Start(
            "generate", Paths.Model, "--prompt", "Once", "--temperature", "0", "--max-tokens", "1000000", "--context", "1000000", "--threads", "1");
        Assert.NotEqual(-1, process.StandardOutput.Read());
        process.StandardOutput.Close();
        Assert.StartsWith("Warning: ", Assert.Single(EndsSoon(process).TrimEnd().Split('\n')));
        Assert.Equal(141, process.ExitCode);
    }

    private static string EndsSoon(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(Soon);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
        }
        Assert.True(ended, $"The tool did not end within {Soon}.\n{error.Result}");
        return error.Result;
    }

    internal static void Send(string signal, int process) => Assert.True(TrySend(signal, process), "The process had ended.");

    private static bool TrySend(string signal, int process)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.ToString()]);
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

    // A shell that starts the tests in the background without job control has them, and so the tool, ignore SIGINT.
    internal static bool CanSignal(string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
        {
            return true;
        }
        string ignored = File.ReadLines(Status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        int number = signal == "INT" ? 2 : 15;
        return (Convert.ToUInt64(ignored, 16) & (1UL << (number - 1))) == 0;
    }
}
