using System.Diagnostics;

namespace DecoupleQ.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData(" qua", "quantize")]
    [InlineData(" generate MODEL --promp", "--prompt --prompt-file")]
    [InlineData(" generate MODEL --key-values ", "f16 f32 int8")]
    [InlineData(" eval MODEL --progress ", "auto json none")]
    [InlineData(" quantize MODEL --preset ", "best fast paper")]
    [InlineData(" quantize MODEL --rounding ", "coordinate-descent gptq projected-gradient")]
    [InlineData(" monitor ", "report")]
    [InlineData(" monitor report LOG --language ", "en ja")]
    [InlineData(" completion ", "bash fish pwsh zsh")]
    public void The_tool_suggests_what_may_come(string line, string expected)
    {
        string[] suggested = Suggested(Tool.Run($"[suggest:{line.Length}]", line).Expect(0).Output);
        // Options, the help's among them, may stand beside an argument's values.
        bool options = expected.StartsWith('-');
        Assert.Equal(expected.Split(' '), suggested.Where(word => options || word[0] is not ('-' or '/')));
    }

    [Theory]
    [InlineData("decoupleq inspec", "inspect")]
    [InlineData("decoupleq eval MODEL --max-w", "--max-windows")]
    [InlineData("decoupleq convert MODEL --dtype b", "bf16")]
    public void Bash_completes_with_the_script(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash here.");
        using TemporaryFolder folder = new();
        string script = folder.Write("completion.sh", Tool.Run("completion", "bash").Expect(0).Output);
        string tool = Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll");
        ProcessStartInfo start = new("/bin/bash") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(
            $"""
            decoupleq() {'{'} dotnet '{tool}' "$@"; {'}'}
            source '{script}'
            COMP_LINE='{line}' COMP_POINT={line.Length}
            COMP_WORDS=({line}) COMP_CWORD=$(({line.Split(' ').Length} - 1))
            _decoupleq
            printf '%s\n' "$COMPREPLY"
            """);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.Equal(expected, output.Trim());
    }

    [Theory]
    [InlineData("zsh", "compdef _decoupleq decoupleq")]
    [InlineData("fish", "complete -c decoupleq")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName decoupleq")]
    public void Other_shells_have_scripts_that_ask_the_tool(string shell, string registration)
    {
        string script = Tool.Run("completion", shell).Expect(0).Output;
        Assert.Contains(registration, script);
        Assert.Contains("[suggest:", script);
    }

    [Fact]
    public void An_unknown_shell_is_refused() => Assert.Equal(
        "decoupleq: SHELL: 'tcsh' cannot be used. (expected: bash, zsh, fish or pwsh)", Tool.Run("completion", "tcsh").Expect(2).OneLine());

    private static string[] Suggested(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
