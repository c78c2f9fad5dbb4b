namespace DecoupleQ.Reports.Layout;

/// <summary>The style of every page, which is a part of it: a page asks for nothing.</summary>
internal static class PageStyle
{
    private const string Resource = "layout/style.css";

    public static string Text { get; } = Read();

    private static string Read()
    {
        using Stream stream = typeof(PageStyle).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
