using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.TestData;

/// <summary>Files of test text.</summary>
internal static class TestText
{
    /// <summary>The ids of a file, read in pieces.</summary>
    public static TextIds Ids(string file, Tokenizer tokenizer) =>
        new(TextFile.ReadPieces(file), file, tokenizer) { MostHeld = TextIds.LongestStretch };

    /// <summary>What results call each file: its name, or its path as it was given where another one has the same name.</summary>
    /// <exception cref="DecoupleQException">There are none, or one is there twice: it would count twice.</exception>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            throw new DecoupleQException("There is no test text.", field: "test", expected: "at least one text file");
        }
        string? twice = files.GroupBy(Path.GetFullPath, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.First();
        if (twice is not null)
        {
            throw new DecoupleQException("The file is there twice.", twice, "test", "each file once");
        }
        ILookup<string, string> named = files.ToLookup(file => Path.GetFileName(file), StringComparer.Ordinal);
        return [.. files.Select(file => named[Path.GetFileName(file)].Count() == 1 ? Path.GetFileName(file) : file)];
    }
}
