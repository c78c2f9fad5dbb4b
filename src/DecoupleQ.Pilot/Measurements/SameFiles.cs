using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Whether two models are one and the same, file by file.</summary>
internal static class SameFiles
{
    /// <summary>Whether they have the same files with the same content.</summary>
    /// <param name="first">A folder or a file.</param>
    /// <param name="second">A folder or a file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static bool Are(string first, string second, CancellationToken cancellationToken)
    {
        if (LinkedPath.Real(first) == LinkedPath.Real(second))
        {
            return true;
        }
        FileInfo[] one = FilesOf(first), other = FilesOf(second);
        bool isFolder = Directory.Exists(first);
        // Sizes first: of models that differ, hardly a file is read.
        return isFolder == Directory.Exists(second) && one.Length == other.Length
            && one.Zip(other).All(pair => (!isFolder || pair.First.Name == pair.Second.Name) && pair.First.Length == pair.Second.Length)
            && one.Zip(other).All(pair =>
                FileDigest.Of(pair.First.FullName, cancellationToken) is FileDigest digest && digest.IsOf(pair.Second.FullName, cancellationToken));
    }

    private static FileInfo[] FilesOf(string path) => Directory.Exists(path)
        ? [.. new DirectoryInfo(path).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal)]
        : [new FileInfo(path)];
}
