namespace DecoupleQ.Storage;

/// <summary>Paths that may be symbolic links.</summary>
internal static class LinkedPath
{
    /// <summary>The most links in a row, as Linux has it; more of them are a circle.</summary>
    public const int MostLinks = 40;

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>
    /// Where <paramref name="path"/> leads: the full path of a link's last target, which need not be there, or its own. What is put in place of that leaves
    /// links as they are.
    /// </summary>
    /// <exception cref="DecoupleQException">Links lead in a circle, or cannot be read.</exception>
    public static string Target(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true) is FileSystemInfo target ? Path.TrimEndingDirectorySeparator(target.FullName) : full;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return full;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The link cannot be followed: {error.Message}", full, expected: "a link that leads to a place to write to", inner: error);
        }
    }

    /// <summary>
    /// The full path with links resolved as far as it exists, so that another name for the same file or folder is recognised.
    /// </summary>
    public static string Real(string path)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        var names = new Stack<string>();
        Push(names, full[real.Length..]);
        // Name by name: what .. means behind a link depends on where the link leads.
        for (int links = 0; names.TryPop(out string? name);)
        {
            string here = name == ".." ? Path.GetDirectoryName(real) ?? real : Path.Combine(real, name);
            if (name != ".." && links < MostLinks && new FileInfo(here).LinkTarget is string target)
            {
                links++;
                string root = Path.GetPathRoot(target)!;
                real = root.Length > 0 ? Path.GetPathRoot(Path.GetFullPath(target))! : real;
                Push(names, target[root.Length..]);
            }
            else
            {
                real = here;
            }
        }
        return Path.TrimEndingDirectorySeparator(real);
    }

    private static void Push(Stack<string> names, string path)
    {
        foreach (string name in path.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (name != ".")
            {
                names.Push(name);
            }
        }
    }

    /// <summary>Whether one <see cref="Real"/> path is another, or inside it.</summary>
    public static bool IsWithin(string path, string folder)
    {
        StringComparison comparison = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.Equals(folder, comparison) || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, comparison);
    }
}
