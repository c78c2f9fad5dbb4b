using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DecoupleQ.Quantization.Recipes;

/// <summary>A part of a YAML document, and where it begins.</summary>
/// <param name="Line">From 1.</param>
internal abstract record YamlTree(long Line)
{
    /// <summary>What it is, for errors.</summary>
    public abstract string Kind { get; }

    /// <summary>Parses a document: maps, lists and scalars, no deeper than <paramref name="depth"/>, without anchors, aliases and tags.</summary>
    /// <param name="text">One document.</param>
    /// <param name="file">For errors.</param>
    /// <param name="depth">Maps and lists inside one another, at most.</param>
    /// <returns>Null if there is no document, or an empty one.</returns>
    /// <exception cref="DecoupleQException">It is no such document; says where.</exception>
    public static YamlTree? Parse(string text, string file, int depth)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return null;
            }
            parser.Consume<DocumentStart>();
            YamlTree tree = Read(parser, file, depth);
            parser.Consume<DocumentEnd>();
            if (!parser.TryConsume<StreamEnd>(out _))
            {
                throw new DecoupleQException($"A second document begins on line {parser.Current?.Start.Line}.", file, expected: "one document");
            }
            return tree is YamlScalar { IsMissing: true } ? null : tree;
        }
        catch (YamlException error)
        {
            throw new DecoupleQException(
                $"Line {error.End.Line} is no YAML: {error.Message.TrimEnd('.')}.",
                file,
                expected: "YAML, indented with spaces",
                inner: error);
        }
        catch (Exception error) when (error is not (DecoupleQException or OutOfMemoryException))
        {
            // The parser meets some damage with exceptions of the runtime (InvalidOperationException, EndOfStreamException), and its input
            // is in memory: it is always the text.
            throw new DecoupleQException($"Line {parser.Current?.End.Line ?? 1} is no YAML.", file, expected: "YAML, indented with spaces", inner: error);
        }
    }

    private static YamlTree Read(IParser parser, string file, int depth)
    {
        ParsingEvent start = parser.Consume<ParsingEvent>();
        long line = start.Start.Line;
        if (start is AnchorAlias || start is NodeEvent { Anchor.IsEmpty: false })
        {
            throw new DecoupleQException($"An alias or anchor is on line {line}.", file, expected: "values written out; one that begins with * or & in quotes");
        }
        if (start is NodeEvent { Tag.IsEmpty: false })
        {
            throw new DecoupleQException($"A tag is on line {line}.", file, expected: "values without tags; one that begins with ! in quotes");
        }
        if (start is Scalar scalar)
        {
            return new YamlScalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain);
        }
        if (depth == 0)
        {
            throw new DecoupleQException($"What begins on line {line} is nested too deeply.", file, expected: "settings, and lists of them");
        }
        if (start is SequenceStart)
        {
            var items = new List<YamlTree>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Read(parser, file, depth - 1));
            }
            return new YamlList(line, items);
        }
        var entries = new List<(YamlScalar, YamlTree)>();
        var lines = new Dictionary<string, long>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            YamlTree key = Read(parser, file, depth - 1);
            if (key is not YamlScalar name)
            {
                throw new DecoupleQException($"The key on line {key.Line} is {key.Kind}.", file, expected: "the name of a setting");
            }
            if (!lines.TryAdd(name.Text, name.Line))
            {
                throw new DecoupleQException($"The key is on line {lines[name.Text]} and again on line {name.Line}.", file, name.Shown, "each key once");
            }
            entries.Add((name, Read(parser, file, depth - 1)));
        }
        return new YamlMap(line, entries);
    }
}

/// <summary>A single value.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Text">As written, without its quotes.</param>
/// <param name="Plain">Whether it was written without quotes.</param>
internal sealed record YamlScalar(long Line, string Text, bool Plain) : YamlTree(Line)
{
    /// <summary>Whether it stands for nothing.</summary>
    public bool IsMissing => Plain && Text is ("" or "~" or "null");

    /// <summary>The text as an error shows it.</summary>
    public string Shown => Text.Length <= MostShown ? Text : Text[..MostShown] + "...";

    public override string Kind => IsMissing ? "no value" : $"'{Shown}'";

    private const int MostShown = 60;
}

/// <summary>Values in order.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Items">The values.</param>
internal sealed record YamlList(long Line, IReadOnlyList<YamlTree> Items) : YamlTree(Line)
{
    public override string Kind => "a list";
}

/// <summary>Values by key, in the order written; no key comes twice.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Entries">Keys and values.</param>
internal sealed record YamlMap(long Line, IReadOnlyList<(YamlScalar Key, YamlTree Value)> Entries) : YamlTree(Line)
{
    public override string Kind => "a map";
}
