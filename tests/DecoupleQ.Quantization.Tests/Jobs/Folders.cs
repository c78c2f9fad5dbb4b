namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Compares folders file by file.</summary>
internal static class Folders
{
    public static void AssertSame(string expected, string actual)
    {
        Assert.Equal(Names(expected), Names(actual));
        foreach (string name in Names(expected))
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))), $"{name} differs.");
        }
    }

    public static string[] Names(string folder) =>
        [
            .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path))
                .Order(StringComparer.Ordinal),
        ];
}
