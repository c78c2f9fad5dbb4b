namespace DecoupleQ.Testing;

/// <summary>Where tests find the repository's samples and, beside the repository, the golden files.</summary>
internal static class Paths
{
    public static string Repository { get; } = FindRepository();

    public static string Samples => Path.Combine(Repository, "samples");

    public static string Model => Path.Combine(Samples, "books-8m");

    /// <summary>The golden files' folder, <c>../shared</c> beside the repository; null where there is none.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>A file or folder under <see cref="Shared"/>; the test is skipped where the folder is not there, and fails where it is but the file is not.</summary>
    public static string Golden(params string[] parts)
    {
        Assert.SkipWhen(Shared is null, "The golden files (../shared) are not beside the repository.");
        string path = Path.Combine([Shared, .. parts]);
        Assert.True(Path.Exists(path), $"{path} is missing.");
        return path;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DecoupleQ.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException("The tests run from outside the repository.");
    }

    private static string? FindShared()
    {
        string path = Path.GetFullPath(Path.Combine(Repository, "..", "shared"));
        return Directory.Exists(path) ? path : null;
    }
}
