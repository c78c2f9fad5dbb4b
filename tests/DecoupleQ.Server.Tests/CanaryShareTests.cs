using System.Net;
using System.Text.Json;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Server.Endpoints;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Tests;

/// <summary>Who goes to the canary, and when nobody does any more.</summary>
public sealed class CanaryShareTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 2000).Select(i => $"user-{i}")];

    /// <summary>Within five standard deviations of the binomial distribution, which a fair share leaves once in two million times.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void A_share_of_the_keys_is_taken(double share)
    {
        var canary = new CanaryShare(share);
        int taken = Keys.Count(canary.Takes);
        double deviation = Math.Sqrt(Keys.Length * share * (1 - share));
        Assert.InRange(taken, (Keys.Length * share) - (5 * deviation), (Keys.Length * share) + (5 * deviation));
    }

    [Fact]
    public void Who_is_in_stays_in_when_the_share_grows()
    {
        string[] before = [.. Keys.Where(new CanaryShare(0.05).Takes)];
        Assert.NotEmpty(before);
        Assert.All(before, key => Assert.True(new CanaryShare(0.1).Takes(key)));
    }

    /// <summary>The first 64 bits as <c>printf %s KEY | sha256sum</c> prints them.</summary>
    [Theory]
    [InlineData("", 0xe3b0c44298fc1c14)]
    [InlineData("abc", 0xba7816bf8f01cfea)]
    public void A_place_is_the_same_everywhere(string key, ulong digest) => Assert.Equal((digest >> 11) / Math.Pow(2, 53), StickyKey.PlaceOf(key));

    [Fact]
    public void A_share_falls_to_nothing_once_and_for_good()
    {
        var canary = new CanaryShare(1);
        var reasons = new List<ShareReason>();
        canary.FellBack += reasons.Add;
        Assert.Equal((1, null), (canary.Now, canary.Reason));
        bool[] first = new bool[8];
        Parallel.For(0, first.Length, i => first[i] = canary.FallBack(new FailuresReason(i, 9)));
        int winner = Assert.Single(Enumerable.Range(0, first.Length), i => first[i]);
        Assert.Equal((0, new FailuresReason(winner, 9)), (canary.Now, canary.Reason));
        Assert.Equal([new FailuresReason(winner, 9)], reasons);
        Assert.DoesNotContain(Keys, canary.Takes);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(5, 50)]
    [InlineData(11, 0)]
    public void A_canary_that_answers_everybody_falls_back_by_what_it_does_alone(int failsOneIn, int after)
    {
        var comparison = new FailureComparison();
        int found = Enumerable.Range(1, 2000).FirstOrDefault(i => comparison.Add(isCanary: true, failed: i % failsOneIn == 0) is not null);
        Assert.Equal(after, found);
    }

    [Theory]
    [InlineData("""{"safety_identifier": "s", "user": "u", "prompt_cache_key": "p"}""", "s")]
    [InlineData("""{"user": "u", "prompt_cache_key": "p"}""", "u")]
    [InlineData("""{"safety_identifier": "", "user": null, "prompt_cache_key": "p"}""", "p")]
    [InlineData("""{"user": 5}""", "second")]
    [InlineData("{}", "second")]
    public void Who_asks_is_told_by_the_most_telling_that_there_is(string body, string expected)
    {
        (DefaultHttpContext context, RequestFields fields) = Request(body, "Bearer second");
        Assert.Equal(expected, new StickyKey(Options("first", "second")).Of(context, fields));
        // It was only looked at: whether there may be such a field is the endpoint's to say.
        if (body != "{}")
        {
            Assert.Throws<ApiException>(fields.RefuseOthers);
        }
    }

    /// <summary>One key for all tells nobody from anybody, and neither does one that nobody asked for.</summary>
    [Theory]
    [InlineData("only")]
    [InlineData("only", "only")]
    [InlineData]
    public void Without_keys_that_tell_apart_it_is_the_address(params string[] keys)
    {
        (DefaultHttpContext context, RequestFields fields) = Request("{}", "Bearer only");
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:192.0.2.7");
        Assert.Equal("192.0.2.7", new StickyKey(Options(keys)).Of(context, fields));
    }

    [Theory]
    [InlineData("books-8m.Q4_K:x/y", "books-8m.Q4_K:x/y")]
    [InlineData("a b%c", "a%20b%25c")]
    [InlineData("modèle\r\n", "mod%C3%A8le%0D%0A")]
    public void A_name_of_any_letters_fits_in_a_header(string name, string header) => Assert.Equal(header, ModelChoice.Encoded(name));

    [Theory]
    // 1 / C(80, 4) is below the limit, 1 / C(60, 3) above it.
    [InlineData(20, 4)]
    // 1 / C(24, 12) is below the limit, 1 / C(22, 11) above it.
    [InlineData(2, 12)]
    public void A_canary_that_always_fails_is_found_out_soon(int every, int expected)
    {
        var comparison = new FailureComparison();
        for (int canary = 1; ; canary++)
        {
            for (int i = 1; i < every; i++)
            {
                Assert.Null(comparison.Add(isCanary: false, failed: false));
            }
            if (comparison.Add(isCanary: true, failed: true) is FailuresReason found)
            {
                Assert.Equal(expected, canary);
                Assert.Equal(new FailuresReason(expected, expected, 0, expected * (every - 1)), found);
                return;
            }
            Assert.True(canary < expected);
        }
    }

    [Fact]
    public void Failures_of_both_models_alike_are_no_reason()
    {
        var comparison = new FailureComparison();
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            // Times in which everything fails, and times in which nothing does.
            bool failed = i / 500 % 3 == 0 && random.Next(2) == 0;
            Assert.Null(comparison.Add(random.Next(20) == 0, failed));
        }
    }

    [Fact]
    public void What_is_long_ago_does_not_count()
    {
        var comparison = new FailureComparison();
        for (int i = 0; i < 3; i++)
        {
            Assert.Null(comparison.Add(isCanary: true, failed: true));
        }
        for (int i = 0; i < FailureComparison.Window; i++)
        {
            Assert.Null(comparison.Add(isCanary: false, failed: false));
        }
        // With those three the first would be one too many.
        Assert.Null(comparison.Add(isCanary: true, failed: true));
        FailuresReason? found = comparison.Add(isCanary: true, failed: true);
        Assert.Equal(new FailuresReason(2, 2, 0, FailureComparison.Window - 2), found);
    }

    private static ServerOptions Options(params string[] keys) => BooksServer.Options with { ApiKeys = keys };

    private static (DefaultHttpContext Context, RequestFields Fields) Request(string body, string authorization)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = authorization;
        return (context, RequestFields.Of(JsonElement.Parse(body)));
    }
}
