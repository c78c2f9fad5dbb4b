namespace DecoupleQ.Testing;

/// <summary>Where tests find the repository's samples and golden files, and beside the repository what is too large for it.</summary>
internal static class Paths
{
    /// <summary>Begins the reason of a test that is skipped for want of a file; <c>test.sh</c> lists the names that follow it.</summary>
    public const string Missing = "Not beside the repository: ";

    public static string Repository { get; } = FindRepository();

    public static string Samples => Path.Combine(Repository, "samples");

    public static string Model => Path.Combine(Samples, "books-8m");

    /// <summary>The folder of what is too large for the repository, <c>../shared</c> beside it; null where there is none.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>A file or folder of <c>tests</c> (those of <c>golden</c> that fit) or else of <see cref="Shared"/>.</summary>
    /// <remarks>The test is skipped, with the file's name, where that folder is not there; it fails where the folder is there, but not the file.</remarks>
    public static string Golden(params string[] parts)
    {
        string own = Path.Combine([Repository, "tests", .. parts]);
        if (Path.Exists(own))
        {
            return own;
        }
        Assert.SkipWhen(Shared is null, $"{Missing}shared/{string.Join('/', parts)}");
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
