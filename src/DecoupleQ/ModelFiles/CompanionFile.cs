namespace DecoupleQ.ModelFiles;

/// <summary>A file that goes along from a model to a folder made from it.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Write">Writes its content.</param>
internal sealed record CompanionFile(string Name, Action<Stream> Write)
{
    /// <summary>The file at <paramref name="path"/> as it is.</summary>
    public static CompanionFile Copy(string path) => new(Path.GetFileName(path), destination =>
    {
        using FileStream source = File.OpenRead(path);
        source.CopyTo(destination);
    });

    /// <summary>A file of the given bytes.</summary>
    public static CompanionFile Of(string name, byte[] content) => new(name, destination => destination.Write(content));
}
