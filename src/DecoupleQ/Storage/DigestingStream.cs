using System.Security.Cryptography;

namespace DecoupleQ.Storage;

/// <summary>Knows the digest of what is written to it.</summary>
/// <param name="target">Where to pass it on; not disposed. Null for nowhere.</param>
internal sealed class DigestingStream(Stream? target = null) : WriteOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The digest of what was written so far.</summary>
    public FileDigest Digest() => new(Length, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        target?.Write(bytes);
        _hash.AppendData(bytes);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
