using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DecoupleQ.Reports.Plots;

/// <summary>
/// What the exporter writes, as a part of a page: colours are variables of the page's style, text has the page's font, there are no namespaces, which a page
/// has no use for, no more digits than can be seen, and no frames that cut off what is drawn, since all of it lies within its plot.
/// </summary>
internal static partial class PageSvg
{
    /// <param name="svg">A picture.</param>
    public static string From(Stream svg)
    {
        XElement picture = XDocument.Load(svg).Root!;
        picture.Descendants().Where(element => element.Name.LocalName == "defs").Remove();
        picture.SetAttributeValue("viewBox", $"0 0 {picture.Attribute("width")!.Value} {picture.Attribute("height")!.Value}");
        picture.SetAttributeValue("aria-hidden", "true");
        foreach (string name in (string[])["width", "height", "version"])
        {
            picture.SetAttributeValue(name, null);
        }
        XElement[] elements = [.. picture.DescendantsAndSelf()];
        foreach (XElement element in elements)
        {
            element.Name = element.Name.LocalName;
            element.Attributes().Where(IsThePages).Remove();
            foreach (XAttribute attribute in element.Attributes().ToArray())
            {
                Rewrite(element, attribute);
            }
            if (element.Attribute("style")?.Value is string style && !IsSeen(style))
            {
                element.Remove();
            }
        }
        return picture.ToString(SaveOptions.DisableFormatting);
    }

    // What the page says itself, or has no use for.
    private static bool IsThePages(XAttribute attribute) =>
        attribute.IsNamespaceDeclaration || attribute.Name.LocalName is "font-family" or "font-weight" or "clip-path";

    private static void Rewrite(XElement element, XAttribute attribute)
    {
        string value = attribute.Value;
        switch (attribute.Name.LocalName)
        {
            // Attributes take no variables.
            case "fill" or "stroke":
                attribute.Remove();
                element.SetAttributeValue("style", $"{element.Attribute("style")?.Value}{(element.Attribute("style") is null ? "" : ";")}"
                    + $"{attribute.Name.LocalName}:{Variable(value)}");
                break;
            case "style":
                attribute.Value = Variable(value);
                break;
            case "points" or "transform" or "d":
                attribute.Value = Number().Replace(value, match => double.Parse(match.Value, CultureInfo.InvariantCulture)
                    .ToString("0.#", CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Variable(string style) => Color().Replace(style, match => PlotColor.Variable(Part(match, 1), Part(match, 2), Part(match, 3)) switch
    {
        null => throw new InvalidOperationException($"A plot has a colour of its own: {match.Value}."),
        string variable => variable,
    });

    private static int Part(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static bool IsSeen(string style) => !style.Contains("fill:none", StringComparison.Ordinal)
        || (style.Contains("stroke:", StringComparison.Ordinal) && !style.Contains("stroke:none", StringComparison.Ordinal));

    [GeneratedRegex(@"rgb\((\d+),\s*(\d+),\s*(\d+)\)")]
    private static partial Regex Color();

    [GeneratedRegex(@"-?\d+\.\d+")]
    private static partial Regex Number();
}
