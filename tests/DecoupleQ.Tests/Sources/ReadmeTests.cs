using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

public sealed class ReadmeTests
{
    // What the program needs beside the library, where a project does not have them implicitly.
    private static readonly string[] Framework = ["using System;", "using System.IO;", "using System.Linq;"];

    [Fact]
    public void The_program_is_one_that_compiles()
    {
        string[] program = Fenced("README.md", "csharp");
        string[] source = File.ReadAllLines(Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests", "Sources", "ReadmeProgram.cs"));
        const string Indent = "        ";
        int begin = Array.FindIndex(source, line => line.EndsWith("Run()", StringComparison.Ordinal)) + 2, end = Array.IndexOf(source, "    }", begin);
        Assert.Equal(
            [.. Framework, .. source.TakeWhile(line => line.StartsWith("using ", StringComparison.Ordinal)), "", .. source[begin..end].Select(Unindented)],
            program);

        static string Unindented(string line) => line.Length == 0 ? "" : line[Indent.Length..];
    }

    private static string[] Fenced(string file, string language) =>
    [
        .. File.ReadLines(Path.Combine(Paths.Repository, file)).SkipWhile(line => line != "```" + language).Skip(1).TakeWhile(line => line != "```"),
    ];
}
