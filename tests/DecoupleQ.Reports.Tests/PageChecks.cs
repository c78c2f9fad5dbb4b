using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Testing;

namespace DecoupleQ.Reports.Tests;

/// <summary>What every page is held against.</summary>
internal static partial class PageChecks
{
    // Ends a script, an attribute, an element; commands a terminal; turns the order of letters about.
    public const string Hostile =
        "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;</pre></style>\u001b[31m\u0000\u202egnp.exe\u2066 {0} ]]> &#x202e;";

    private static readonly string Browser = Path.Combine(Paths.Repository, "tests", "DecoupleQ.Server.Tests", "Browser");

    // Any mistake is an error.
    public static IHtmlDocument Parse(string html) => new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(html);

    public static string Text(IHtmlDocument page) => Blanks.Replace(string.Join(' ', page.Body!.Descendants<IText>().Select(text => text.Data)), " ");

    public static string Style(IElement element) => element.GetAttribute("style") ?? "";

    /// <summary>Holds a page against all that makes it valid, self-contained and of one theme.</summary>
    public static void CompleteInItself(string html, ReportLanguage language)
    {
        IHtmlDocument page = Parse(html);
        Assert.Equal(language == ReportLanguage.Japanese ? "ja" : "en", page.DocumentElement.GetAttribute("lang"));
        Assert.DoesNotMatch("https?://|//[a-z]|@import|javascript:", html);
        Assert.Empty(page.QuerySelectorAll("script, link, img, iframe, object, embed, form, base, [src], [href], [onload], [onerror]"));
        string[] ids = [.. page.QuerySelectorAll("[id]").Select(element => element.Id!)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.DoesNotContain("url(", html);
        // Colours are the theme's.
        IEnumerable<string> styles = page.QuerySelectorAll("svg [style]").Select(Style);
        Assert.All(styles, style => Assert.DoesNotMatch("(fill|stroke):(?!var|none)", style));
        Assert.All(page.QuerySelectorAll("svg [fill], svg [stroke]"), Assert.Null);
        string sheet = page.QuerySelector("style")!.TextContent;
        Assert.All(Variables.Matches(html).Select(match => match.Groups[1].Value).Distinct(), name =>
            Assert.Equal(2, Regex.Count(sheet, $@"{name}: #")));
    }

    /// <summary>Skips the test where there is no browser.</summary>
    public static async Task SeenByABrowserAsync(string html)
    {
        string? chromium = Find("chromium"), node = Find("node");
        Assert.SkipWhen(chromium is null, $"{Paths.Missing}chromium, which eng/install-browser.sh installs as root");
        Assert.SkipWhen(
            node is null || !Directory.Exists(Path.Combine(Browser, "node_modules", "html-validate")),
            $"{Paths.Missing}node_modules, which eng/install-browser.sh installs");
        string folder = Directory.CreateTempSubdirectory("decoupleq-page-").FullName, page = Path.Combine(folder, "page.html");
        string picture = Path.Combine(folder, "page");
        JsonObject seen;
        try
        {
            File.WriteAllText(page, html);
            seen = await RunAsync(node, Path.Combine(Browser, "report.mjs"), chromium, page, picture);
            Assert.All((string[])["light", "dark"], theme => Assert.True(new FileInfo($"{picture}-{theme}.png").Length > 50_000));
            Assert.NotEqual(File.ReadAllBytes($"{picture}-light.png"), File.ReadAllBytes($"{picture}-dark.png"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Assert.Equal("[]", seen["faults"]!.ToJsonString());
        Assert.Equal("[]", seen["complaints"]!.ToJsonString());
        Assert.Equal("[]", seen["outside"]!.ToJsonString());
        Assert.Equal("[]", seen["cut"]!.ToJsonString());
        Assert.Equal("[]", seen["phone"]!["cut"]!.ToJsonString());
        Assert.True((double?)seen["phone"]!["letters"] is null or >= 9.5, $"{seen["phone"]!["letters"]} px");
        Assert.Equal(1, (int)seen["sheets"]!);
        Assert.Equal(0, (int)seen["scripts"]!);
        Assert.Equal("[]", seen["beyondPaper"]!.ToJsonString());
        Assert.Equal("[0,0,0]", seen["widths"]!.ToJsonString());
        Assert.All(seen["tables"]!.AsArray(), beyond => Assert.Equal(0, (int)beyond!));
        Assert.All(seen["plots"]!.AsArray(), isSeen => Assert.True((bool)isSeen!));
        Assert.True((bool)seen["a4"]!);
        JsonNode light = seen["themes"]!["light"]!, dark = seen["themes"]!["dark"]!;
        // What is written and drawn stands out from the page in both.
        Assert.All([light, dark], theme =>
        {
            double background = Luminance((string)theme["page"]!);
            Assert.All([theme["text"], theme["label"]], color =>
                Assert.True(Contrast(background, Luminance((string)color!)) >= 7, $"{color} on {theme["page"]}"));
        });
        Assert.True(Luminance((string)light["page"]!) > 0.8 && Luminance((string)dark["page"]!) < 0.1);
        Assert.NotEqual(light["lines"]!.ToJsonString(), dark["lines"]!.ToJsonString());
    }

    // As WCAG 2 defines it.
    private static double Contrast(double one, double other) => (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);

    private static double Luminance(string color)
    {
        double[] parts = [.. Regex.Matches(color, @"\d+").Take(3).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))];
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    private static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<JsonObject> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await error);
        return Assert.IsType<JsonObject>(JsonNode.Parse(await output));
    }

    [GeneratedRegex(@"var\((--[a-z0-9-]+)\)")]
    private static partial Regex Variables { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks { get; }
}
