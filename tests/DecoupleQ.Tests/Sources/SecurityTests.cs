using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>SECURITY.md says what files and texts may do, each line with a test that holds it.</summary>
public sealed partial class SecurityTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Paths.Repository, "SECURITY.md"));

    [Fact]
    public void Every_line_of_the_threat_model_has_a_test()
    {
        string[] rows = [.. Lines.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))];
        Assert.True(rows.Length > 20);
        Assert.All(rows.Where(row => !row.EndsWith("held by |", StringComparison.Ordinal)), row => Assert.Matches(TestName(), row));
    }

    [Fact]
    public void Every_test_that_it_names_is_there()
    {
        var tests = new HashSet<string>();
        foreach (string file in Directory.GetFiles(Path.Combine(Paths.Repository, "tests"), "*Tests.cs", SearchOption.AllDirectories))
        {
            foreach (Match method in Method().Matches(File.ReadAllText(file)))
            {
                tests.Add($"{Path.GetFileNameWithoutExtension(file)}.{method.Groups[1].Value}");
            }
        }
        string[] named = [.. Lines.SelectMany(line => TestName().Matches(line)).Select(match => match.Groups[1].Value)];
        Assert.True(named.Length > 30);
        Assert.Equal([], named.Except(tests));
    }

    [GeneratedRegex(@"`([A-Z]\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\[(?:Fact|Theory|InlineData|MemberData)[^\n]*\]\s+public (?:async Task|void|Task) (\w+)\(")]
    private static partial Regex Method();
}
