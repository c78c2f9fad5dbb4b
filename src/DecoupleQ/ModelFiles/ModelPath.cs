using DecoupleQ.Storage;

namespace DecoupleQ.ModelFiles;

/// <summary>Paths of models: a folder, dense or packed, or a GGUF file.</summary>
public static class ModelPath
{
    /// <summary>What a model is called if nothing is said: the name of its folder or file, with its extension.</summary>
    /// <param name="path">The model, which need not be there.</param>
    public static string NameOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
    }

    /// <summary>Whether two paths lead to the same folder or file; links are followed.</summary>
    /// <param name="path">A model, which need not be there.</param>
    /// <param name="other">Another.</param>
    public static bool AreSame(string path, string other)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(other);
        string real = LinkedPath.Real(path), otherReal = LinkedPath.Real(other);
        return LinkedPath.IsWithin(real, otherReal) && LinkedPath.IsWithin(otherReal, real);
    }
}
