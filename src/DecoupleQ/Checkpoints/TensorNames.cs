namespace DecoupleQ.Checkpoints;

/// <summary>What a tensor, or a key of GGUF metadata, may be called.</summary>
internal static class TensorNames
{
    /// <summary>What errors say of a name that is not valid.</summary>
    public static readonly string Expected = $"1 to {Longest} printable characters";

    private const int Longest = 1024;

    /// <summary>Whether <paramref name="name"/> may be one.</summary>
    public static bool IsValid(string name)
    {
        foreach (char c in name)
        {
            if (char.IsControl(c))
            {
                return false;
            }
        }
        return name.Length is > 0 and <= Longest;
    }
}
