namespace DecoupleQ.Storage;

/// <summary>Names of files in a folder, as opposed to paths that lead out of it.</summary>
internal static class PlainName
{
    /// <summary>Whether <paramref name="name"/> is one on this system.</summary>
    public static bool IsHere(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.Contains('\0') && Path.GetFileName(name) == name;

    /// <summary>Whether <paramref name="name"/> is one on every system, whichever this is.</summary>
    public static bool Is(string name) =>
        name.Length > 0
            && name != "."
            && !name.Contains("..")
            && name.IndexOfAny(['/', '\\', ':', '\0']) < 0
            && !name.Any(char.IsControl);
}
