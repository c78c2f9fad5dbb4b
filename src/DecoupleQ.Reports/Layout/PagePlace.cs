using DecoupleQ.Storage;

namespace DecoupleQ.Reports.Layout;

/// <summary>Where a page may be written.</summary>
internal static class PagePlace
{
    /// <summary>Refuses a place that is a folder's or a result's.</summary>
    /// <param name="path">The page's file.</param>
    /// <param name="results">Files of results that it is made from.</param>
    /// <exception cref="DecoupleQException">It is such a place.</exception>
    public static void Check(string path, IReadOnlyList<string> results)
    {
        string real = LinkedPath.Real(path);
        if (Directory.Exists(real))
        {
            throw new DecoupleQException("This is a folder.", path, "--output", "a file to write");
        }
        if (results.Select(LinkedPath.Real).Contains(real))
        {
            throw new DecoupleQException("The page would take the place of a result.", path, "--output", "another file");
        }
    }
}
