namespace DecoupleQ.Tests.Sources;

/// <summary>Which folders' files name the types of which other folders.</summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<string, SortedDictionary<string, SortedSet<string>>> _arrows = [];

    private FolderGraph(IReadOnlyList<SourceFile> files)
    {
        ILookup<string, SourceFile> homes = files.SelectMany(file => file.Types.Select(type => (type, file))).ToLookup(pair => pair.type, pair => pair.file);
        foreach (SourceFile file in files)
        {
            SortedDictionary<string, SortedSet<string>> arrows = _arrows.TryGetValue(file.Folder, out var known)
                ? known
                : _arrows[file.Folder] = new(StringComparer.Ordinal);
            foreach (string name in file.Names)
            {
                HashSet<string> named = [.. homes[name].Where(home => file.Sees(home.Namespace, name)).Select(home => home.Folder)];
                // A type of the folder's own by that name is the one that is meant.
                foreach (string folder in named.Contains(file.Folder) ? [] : named)
                {
                    (arrows.TryGetValue(folder, out var names) ? names : arrows[folder] = new(StringComparer.Ordinal)).Add(name);
                }
            }
        }
    }

    /// <summary>The graph of the folders under <paramref name="root"/>.</summary>
    public static FolderGraph Of(string root) => new(SourceFile.Under(root));

    /// <summary>Groups of folders each of which leads to every other; each group in order.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Circles()
    {
        Dictionary<string, HashSet<string>> reached = _arrows.Keys.ToDictionary(folder => folder, Reached);
        return
        [
            .. _arrows.Keys.Order(StringComparer.Ordinal)
                .Where(folder => reached[folder].Contains(folder))
                .Select(folder => (IReadOnlyList<string>)[.. reached[folder].Where(other => reached[other].Contains(folder)).Order(StringComparer.Ordinal)])
                .DistinctBy(circle => circle[0]),
        ];
    }

    /// <summary>A circle in words: which folder names which types of which other.</summary>
    public string Describe(IReadOnlyList<string> circle) => string.Join(
        '\n',
        circle
            .SelectMany(
                from => _arrows[from].Where(arrow => circle.Contains(arrow.Key)).Select(arrow => $"  {from} -> {arrow.Key}: {string.Join(", ", arrow.Value)}"))
            .Prepend($"Folders name each other's types in a circle: {string.Join(", ", circle)}"));

    private HashSet<string> Reached(string from)
    {
        HashSet<string> reached = [];
        var open = new Stack<string>(_arrows[from].Keys);
        while (open.TryPop(out string? folder))
        {
            if (reached.Add(folder))
            {
                foreach (string next in _arrows[folder].Keys)
                {
                    open.Push(next);
                }
            }
        }
        return reached;
    }
}
