using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Serving;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Monitoring;

public sealed class BaselineTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public void A_file_holds_all_of_it_and_nothing_else_is_taken_for_one()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "baseline.json");
        Baseline made = Baseline.Of(Answers.Model, Answers.Draw(300, 1), [new([1, 2, 3], [-1.5, -0.25])], ["tokens"]);
        made.Write(path);
        Baseline read = Baseline.Read(path);
        Assert.Equal((made.Model, made.Made), (read.Model, read.Made));
        BaselineRoute route = Assert.Single(read.Routes).Value;
        Assert.Equal(300, route.Answers);
        Assert.Equal(made.Routes[Answers.Route].Signals["entropy"], route.Signals["entropy"]);
        Assert.DoesNotContain("tokens", route.Signals.Keys);
        Assert.Equal([-1.5, -0.25], Assert.Single(read.Texts).LogProbabilities);

        Refused(json => json["version"] = 2, "format");
        Refused(json => json["more"] = 1, null);
        Refused(json => json.Remove("texts"), null);
        Refused(json => json["routes"]![Answers.Route]!["signals"]!.AsObject().Add("mood", new JsonArray()), "routes");
        Refused(json => json["routes"]![Answers.Route]!["signals"]!["entropy"]!.AsArray().RemoveAt(0), "routes");
        Refused(json => json["texts"]![0]!["ids"]!.AsArray().RemoveAt(0), "texts");
        Refused(json => json["routes"] = new JsonObject(), "routes");
        Refused(json => json["routes"]![Answers.Route] = null, "routes");
        Refused(json => json["routes"]![Answers.Route]!["signals"] = new JsonObject(), "routes");
        Refused(json => json["routes"]![Answers.Route]!["signals"]!["entropy"] = null, "routes");
        Refused(json => json["routes"]![Answers.Route]!["signals"]!["entropy"]![0] = JsonNode.Parse("1e999"), "routes");
        Refused(json => json["texts"] = new JsonArray(), "texts");
        Refused(json => json["texts"] = new JsonArray((JsonNode?)null), "texts");
        Refused(json => json["model"] = null, null);

        void Refused(Action<JsonObject> change, string? field)
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            change(json);
            string other = Path.Combine(folder.Path, "other.json");
            File.WriteAllText(other, json.ToJsonString());
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => Baseline.Read(other));
            Assert.Equal((other, field), (error.File, error.Field));
        }
    }

    [Fact]
    public void Too_few_answers_make_none()
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Baseline.Of(Answers.Model, Answers.Draw(199, 1), []));
        Assert.Contains("199", error.Message, StringComparison.Ordinal);
        // Of a request with several answers, one counts.
        Assert.Throws<DecoupleQException>(() => Baseline.Of(Answers.Model, Answers.Draw(300, 1).Select(answer => answer with { Choice = 1 }), []));
    }

    [Fact]
    public async Task A_model_passes_the_check_of_its_own_texts_and_another_does_not()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        using var texts = new TextService(model);
        IReadOnlyList<ReferenceText> written = await OwnTexts.WriteAsync(texts, Ended);
        Assert.Equal(8, written.Count);
        Assert.Equal(8, written.Select(text => string.Join(' ', text.Ids)).Distinct().Count());
        Assert.Equal(0, await SelfCheck.DifferenceAsync(texts, written, Ended), 1e-5);
        ReferenceText[] shifted = [.. written.Select(text => text with { LogProbabilities = [.. text.LogProbabilities.Select(value => value - 0.5)] })];
        Assert.Equal(0.5, await SelfCheck.DifferenceAsync(texts, shifted, Ended), 1e-5);
        Assert.Equal(double.PositiveInfinity, await SelfCheck.DifferenceAsync(texts, [new([1, 1_000_000], [0])], Ended));
    }
}
