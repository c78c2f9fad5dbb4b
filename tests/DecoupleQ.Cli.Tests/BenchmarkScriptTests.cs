using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>The scripts in <c>bench/</c> say what they lack.</summary>
public sealed class BenchmarkScriptTests
{
    [Fact]
    public void A_model_that_is_not_there_is_named_with_what_else_is_needed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The scripts need a Unix shell.");
        // Data are looked for beside the repository: beside this one there are none.
        using TemporaryFolder folder = new();
        string bench = Directory.CreateDirectory(Path.Combine(folder["repository"], "bench")).FullName, script = Path.Combine(bench, "smollm2.sh");
        File.Copy(Path.Combine(Paths.Repository, "bench", "smollm2.sh"), script);
        using Process process = Process.Start(new ProcessStartInfo("bash", [script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd(), output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Equal("", output);
        Assert.Contains("smollm2-135m-instruct/model.gguf is not there.", error);
        Assert.Contains("WikiText-2", error);
    }
}
