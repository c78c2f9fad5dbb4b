using System.Text.RegularExpressions;

namespace DecoupleQ.Tests.Sources;

/// <summary>A source file as a part of its folder: the types that it declares, and the names that it uses.</summary>
/// <param name="Folder">The folder, from the tree's root, with slashes.</param>
/// <param name="Namespace">Its file-scoped namespace; empty without one.</param>
/// <param name="Types">Types that are declared outside any other.</param>
/// <param name="Names">Every word that a type may be named by.</param>
/// <param name="Usings">Its namespace with those around it, and what its usings name.</param>
internal sealed partial record SourceFile(string Folder, string Namespace, IReadOnlyList<string> Types, IReadOnlySet<string> Names, IReadOnlySet<string> Usings)
{
    /// <summary>The C# files under <paramref name="root"/>, those that a build made left out.</summary>
    public static IReadOnlyList<SourceFile> Under(string root) =>
    [
        .. SourceTree.Files(root)
            .Select(file => Of(Path.GetRelativePath(root, Path.GetDirectoryName(file.Path)!).Replace('\\', '/'), File.ReadAllText(file.Path))),
    ];

    /// <summary>Whether the file sees the types of a namespace, or one of them alone by a using of its own.</summary>
    public bool Sees(string home, string type) => Usings.Contains(home) || Usings.Contains($"{home}.{type}");

    private static SourceFile Of(string folder, string text)
    {
        string code = CodeText.Of(text), own = NamespaceLine().Match(code).Groups["name"].Value;
        HashSet<string> usings = [.. UsingLine().Matches(code).Select(match => match.Groups["name"].Value)];
        for (string around = own; around.Length > 0; around = around[..Math.Max(0, around.LastIndexOf('.'))])
        {
            usings.Add(around);
        }
        return new(
            folder,
            own,
            [.. TypeLine().Matches(code).Select(match => match.Groups["name"].Value)],
            Name().Matches(code).Select(match => match.Value).ToHashSet(),
            usings);
    }

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(global )?using (static )?(\w+ = )?(?<name>[\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(
        @"^((public|internal|file|static|sealed|abstract|readonly|partial|ref|unsafe)\s+)*" +
        @"(class|record struct|record class|record|struct|interface|enum|delegate [\w<>\[\]?.]+)\s+(?<name>[A-Z]\w*)",
        RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Name();
}
