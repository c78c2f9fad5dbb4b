using System.Text.Json.Nodes;
using CsCheck;
using DecoupleQ.Pilot.Costs;

namespace DecoupleQ.Pilot.Tests;

public sealed class CostDocumentTests
{
    [Fact]
    public void What_is_read_leads_to_the_same_document() =>
        CostTests.AnyInputs.Sample(inputs =>
        {
            string text = CostDocument.Of(inputs).ToJsonString();
            Assert.Equal(text, CostDocument.Recompute(Parse(text), "costs.json").ToJsonString());
        }, iter: 200);

    [Fact]
    public void Every_assumption_is_listed_with_its_unit_and_where_it_is_from()
    {
        JsonObject document = CostDocument.Of(CostTests.Example());
        string[] lines = [.. document["assumptions"]!.AsArray().Select(one => $"{one!["name"]} {one["value"]} {one["unit"]} {one["source"]}")];
        Assert.Contains("price-per-hour 2 EUR/h given", lines);
        Assert.Contains("quantizing-hours 5 h measured", lines);
        Assert.Contains("peak-factor 3  default", lines);
        Assert.Contains("hours-per-month 730 h default", lines);
        Assert.Contains("packed-tokens-per-second-at-16 250 tokens/s measured", lines);
        Assert.All(document["assumptions"]!.AsArray(), one => Assert.NotEmpty((string)one!["meaning"]!));
        JsonNode use = document["assumptions"]!.AsArray().Single(one => (string)one!["name"]! == "utilisation")!;
        Assert.Equal((0.7, 0.6, 0.8), ((double)use["value"]!, (double)use["low"]!, (double)use["high"]!));
    }

    [Fact]
    public void A_changed_assumption_changes_the_figures_and_figures_that_were_changed_are_reckoned_anew()
    {
        JsonObject document = CostDocument.Of(CostTests.Example());
        document["figures"]!["savingPerMonth"] = 1e9;
        Find(document, "price-per-hour")["value"] = 4;
        JsonObject recomputed = CostDocument.Recompute(document, "costs.json");
        Assert.Equal(30 * 4 * 730, (double)recomputed["figures"]!["savingPerMonth"]!["value"]!);
    }

    [Fact]
    public void What_is_never_paid_back_says_so()
    {
        JsonObject document = CostDocument.Of(CostTests.Example());
        foreach (int level in (int[])[1, 4, 16])
        {
            Find(document, $"packed-tokens-per-second-at-{level}")["value"] = (double)Find(document, $"dense-tokens-per-second-at-{level}")["value"]!;
        }
        JsonNode figures = CostDocument.Recompute(document, "costs.json")["figures"]!;
        Assert.Equal("""{"value":"never","low":"never","high":"never"}""", figures["monthsToPayBack"]!.ToJsonString());
        Assert.Equal("""{"value":0,"low":0,"high":0}""", figures["savingPerMonth"]!.ToJsonString());
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "currency", """{"currency": "3 coins"}""" },
        { "currency", """{"currency": "<b>"}""" },
        { "currency", """{"currency": null}""" },
        { "more", """{"more": 1}""" },
        { "assumptions[0].value", """{"assumptions": [{"name": "price-per-hour", "value": -1, "source": "given"}]}""" },
        { "assumptions[0].value", """{"assumptions": [{"name": "price-per-hour", "source": "given"}]}""" },
        { "assumptions[0].name", """{"assumptions": [{"name": "price-per-day", "value": 1, "source": "given"}]}""" },
        { "assumptions[0].name", """{"assumptions": [{"name": "dense-tokens-per-second-at-016", "value": 1, "source": "given"}]}""" },
        { "assumptions[0].source", """{"assumptions": [{"name": "price-per-hour", "value": 1, "source": "guessed"}]}""" },
        { "assumptions[0].unit", """{"assumptions": [{"name": "price-per-hour", "value": 1, "source": "given", "unit": "EUR/day"}]}""" },
        { "assumptions[0].note", """{"assumptions": [{"name": "price-per-hour", "value": 1, "source": "given", "note": ""}]}""" },
        { "price-per-hour", """{"assumptions": [{"name": "price-per-hour", "value": 1, "low": 2, "source": "given"}]}""" },
        { "assumptions[0].low", """{"assumptions": [{"name": "models", "value": 2, "low": 1.5, "source": "given"}]}""" },
        { "price-per-hour", """{"assumptions": []}""" },
        { "years", """{"assumptions": [{"name": "machine-price", "value": 1, "source": "given"}]}""" },
        { "years", """{"assumptions": [{"name": "price-per-hour", "value": 1, "source": "given"}, {"name": "years", "value": 1, "source": "given"}]}""" },
        { "requests-per-day", """{"assumptions": [{"name": "price-per-hour", "value": 1, "source": "given"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistakes_are_refused_by_name(string field, string changes)
    {
        JsonObject document = CostDocument.Of(CostTests.Example());
        foreach ((string name, JsonNode? value) in Parse(changes))
        {
            document[name] = value?.DeepClone();
        }
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CostDocument.Read(document, "costs.json"));
        Assert.Equal(("costs.json", field), (error.File, error.Field));
        Assert.NotNull(error.Expected);
    }

    [Theory]
    [InlineData("packed-tokens-per-second-at-16", null, "packed-tokens-per-second-at-16")] // not at the same numbers of requests
    [InlineData(null, "max-latency", "dense-seconds-per-token-at-1")]
    [InlineData(null, "machine-memory", "dense-memory")]
    [InlineData(null, "packed-memory", "dense-memory")]
    [InlineData(null, "price-per-gb-month", "dense-stored")]
    [InlineData(null, "dense-seconds-per-token-at-2", "dense-seconds-per-token-at-2")]
    [InlineData(null, "price-per-hour", "price-per-hour")] // twice
    public void What_belongs_together_is_asked_for(string? without, string? with, string field)
    {
        CostTerm? left = without is null ? null : CostTerms.Find(without);
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => CostTests.Example(left, with is null ? [] : [CostTerms.Find(with)!.Is(1, AssumptionSource.Given)]));
        Assert.Equal(field, error.Field);
    }

    [Theory]
    [InlineData("EUR")]
    [InlineData("¥")]
    [InlineData("US$")]
    [InlineData("zł")]
    [InlineData("円")]
    [InlineData("Fr.")]
    [InlineData("د.إ")]
    [InlineData("₹")]
    public void A_currency_is_a_code_or_a_symbol(string text) => Assert.Equal(text, CurrencyName.Require(text));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("100")]
    [InlineData("EU R")]
    [InlineData("EUR\n")]
    [InlineData("<img>")]
    [InlineData("ninechars")]
    [InlineData("\u202EEUR")]
    [InlineData("\uD800")]
    public void What_is_none_is_refused(string text) => Assert.Equal("currency", Assert.Throws<DecoupleQException>(() => CurrencyName.Require(text)).Field);

    [Fact]
    public void Every_term_is_found_by_its_name()
    {
        foreach (CostModel model in Enum.GetValues<CostModel>())
        {
            foreach (CostTerm term in (CostTerm[])[CostTerms.Memory(model), CostTerms.Stored(model), CostTerms.Rate(model, 16), CostTerms.Latency(model, 9999)])
            {
                Assert.Equal(term, CostTerms.Find(term.Name));
            }
        }
        Assert.All(CostTerms.Common, term => Assert.Equal(term, CostTerms.Find(term.Name)));
        Assert.All((string[])["", "dense-", "dense-tokens-per-second-at-", "dense-tokens-per-second-at-0", "Years"], name => Assert.Null(CostTerms.Find(name)));
    }

    private static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    private static JsonNode Find(JsonObject document, string name) => document["assumptions"]!.AsArray().Single(one => (string)one!["name"]! == name)!;
}
