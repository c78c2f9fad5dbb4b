namespace DecoupleQ.Storage;

/// <summary>The folder that a path stands in.</summary>
internal static class ParentFolder
{
    /// <summary>Refuses a file that is to be written where no folder is.</summary>
    /// <param name="file">The file, links followed.</param>
    /// <exception cref="DecoupleQException">Its folder is missing, or a file stands in its place.</exception>
    public static void CheckThere(string file)
    {
        CheckNoFileAbove(file);
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is string folder && !Directory.Exists(folder))
        {
            throw new DecoupleQException("There is no such folder.", folder, expected: "an existing folder for the file");
        }
    }

    /// <summary>Refuses a path of which a file is a part that would have to be a folder.</summary>
    /// <param name="path">The path; folders of it may be missing.</param>
    /// <exception cref="DecoupleQException">There is such a file.</exception>
    public static void CheckNoFileAbove(string path)
    {
        for (string? above = Path.GetDirectoryName(Path.GetFullPath(path)); above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw new DecoupleQException("This is a file.", above, expected: "a folder");
            }
        }
    }
}
