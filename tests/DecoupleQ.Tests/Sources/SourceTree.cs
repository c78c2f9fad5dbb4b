namespace DecoupleQ.Tests.Sources;

/// <summary>The C# files of a tree, those that a build made left out.</summary>
internal static class SourceTree
{
    /// <summary>Their paths, and their names from <paramref name="root"/> with slashes, in ordinal order.</summary>
    public static IReadOnlyList<(string Name, string Path)> Files(string root) =>
    [
        .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetRelativePath(root, path).Replace('\\', '/'), Path: path))
            .Where(file => !file.Name.Split('/').Any(part => part is "bin" or "obj"))
            .OrderBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>The names of the files whose code, without comments and the words of literals, <paramref name="has"/> something.</summary>
    public static IEnumerable<string> Where(string root, Func<string, bool> has) =>
        Files(root).Where(file => has(CodeText.Of(File.ReadAllText(file.Path)))).Select(file => file.Name);
}
