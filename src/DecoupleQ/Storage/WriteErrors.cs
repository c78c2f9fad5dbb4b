namespace DecoupleQ.Storage;

/// <summary>Which exceptions mean that a file could not be written, whatever the code that wrote it.</summary>
internal static class WriteErrors
{
    /// <summary>Whether <paramref name="error"/> is a full disk, a missing right, or a file larger than its file system or the user's limit allows.</summary>
    /// <remarks>For the last (EFBIG), .NET throws an <see cref="ArgumentOutOfRangeException"/> about a <c>value</c>.</remarks>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };
}
