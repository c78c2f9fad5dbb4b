using System.Security.Cryptography;

namespace DecoupleQ.Storage;

/// <summary>What tells whether a file is still the one that was written.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its content, 64 hexadecimal digits, lower case.</param>
internal sealed record FileDigest(long Bytes, string Sha256)
{
    /// <summary>That of the file at <paramref name="path"/>; null if there is none.</summary>
    /// <exception cref="DecoupleQException">The file cannot be read.</exception>
    public static FileDigest? Of(string path, CancellationToken cancellationToken = default)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        using var digesting = new DigestingStream();
        StoredFile.CopyTo(path, FileKind.Weights, digesting, cancellationToken);
        return digesting.Digest();
    }

    /// <summary>That of a file of this content.</summary>
    public static FileDigest Of(ReadOnlySpan<byte> content) => new(content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>Whether the file at <paramref name="path"/> has this length and content; its length is looked at first.</summary>
    /// <exception cref="DecoupleQException">The file cannot be read.</exception>
    public bool IsOf(string path, CancellationToken cancellationToken = default) =>
        new FileInfo(path) is { Exists: true } file && file.Length == Bytes && Of(path, cancellationToken) == this;
}
