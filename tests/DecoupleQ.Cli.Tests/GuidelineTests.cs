using System.Text.Json;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>docs/guideline.md is what the command that stands in it makes of the results beside it, and these are of today's default presets.</summary>
public sealed class GuidelineTests : IDisposable
{
    private static readonly string Docs = Path.Combine(Paths.Repository, "docs");
    private static readonly string Page = Path.Combine(Docs, "guideline.md");
    private static readonly string[] Results = [.. Directory.EnumerateFiles(Path.Combine(Docs, "guideline"), "*.json").Order(StringComparer.Ordinal)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_is_what_the_command_in_it_makes()
    {
        string command = File.ReadLines(Page).Single(line => line.StartsWith("decoupleq guideline ", StringComparison.Ordinal));
        string[] words = command.Split(' ')[1..];
        Assert.Equal(
            Results.Select(result => $"docs/guideline/{Path.GetFileName(result)}"), words.Where(word => word.EndsWith(".json", StringComparison.Ordinal)));
        Assert.Equal("docs/guideline.md", words[^1]);
        Directory.CreateDirectory(_folder["docs/guideline"]);
        foreach (string result in Results)
        {
            File.Copy(result, Path.Combine(_folder["docs/guideline"], Path.GetFileName(result)));
        }
        string output = Tool.RunIn(_folder[""], words).Expect(0).Output;
        Assert.Contains("docs/guideline.md has the evidence.", output);
        Assert.True(
            File.ReadAllText(Page) == File.ReadAllText(_folder["docs/guideline.md"]), $"docs/guideline.md is not what this makes; run it again: {command}");
    }

    [Fact]
    public void Rows_are_of_the_default_presets_as_they_are_now()
    {
        // Of settings that were tried: a preset of which a pilot has no figures is no row.
        var rows = GuidelineInput.Read(Results).Sources.SelectMany(source => source.Result.Ladder.Where(rung => rung.Quality is not null)
            .Select(rung => (rung.Setting.Preset, source.Result.Quantizing?.Presets.GetValueOrDefault(rung.Setting.Preset)))).ToHashSet();
        // That of the pilot, and that of quantize.
        Assert.All([.. PilotOptions.DefaultLadder.Presets, Preset.All[0]], preset => Assert.True(
            rows.Contains((preset.Name, preset.Digest)),
            $"No row of docs/guideline.md is of the preset {preset.Name} as it is now ({preset.Digest}): run the pilots in it again, and then the command."));
    }

    [Fact]
    public void What_cannot_be_made_is_said_in_a_line()
    {
        string page = _folder["page.html"], result = Results[0];
        Assert.Contains("--output", Tool.Run("guideline", result).Expect(2).OneLine());
        Assert.Contains("PAGE.html or PAGE.md", Tool.Run("guideline", result, "-o", _folder["page.txt"]).Expect(1).OneLine());
        string copy = _folder["page.md"];
        File.Copy(result, copy);
        Assert.Contains("take the place of a result", Tool.Run("guideline", copy, "-o", copy).Expect(1).OneLine());
        File.WriteAllText(copy, File.ReadAllText(result).Replace("\"groupSize\"", "\"groups\"", StringComparison.Ordinal));
        string line = Tool.Run("guideline", copy, "-o", page).Expect(1).OneLine();
        Assert.Contains("page.md", line);
        Assert.Contains("ladder[0].setting", line);
        Assert.False(File.Exists(page));
    }

    [Fact]
    public void A_result_that_is_given_twice_counts_once_and_that_is_said()
    {
        string page = _folder["page.html"], copy = _folder["copy.json"];
        File.Copy(Results[0], copy);
        Assert.Contains(
            $"{copy} holds a pilot that was given already, and does not count again.",
            Tool.Run("guideline", Results[0], copy, "-o", page, "--language", "ja").Expect(0).Output.ReplaceLineEndings(" ").Replace("  ", " "));
        Assert.Contains("<html lang=\"ja\">", File.ReadAllText(page));
        JsonElement json = Tool.Run("guideline", Results[0], copy, "-o", page, "--json").Expect(0).Json();
        Assert.Equal(copy, Assert.Single(json.GetProperty("repeated").EnumerateArray()).GetString());
        Assert.Equal(1, json.GetProperty("pilots").GetArrayLength());
        JsonElement text = json.GetProperty("cases")[0];
        Assert.Equal(("llama", 8_392_960), (text.GetProperty("family").GetString(), text.GetProperty("parameters").GetInt64()));
        Assert.True(text.GetProperty("rows").GetArrayLength() > 1);
    }
}
