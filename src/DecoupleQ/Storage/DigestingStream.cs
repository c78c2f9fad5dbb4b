using System.Security.Cryptography;

namespace DecoupleQ.Storage;

/// <summary>Passes on what is written to it, and knows its digest.</summary>
/// <param name="target">Where to; not disposed.</param>
internal sealed class DigestingStream(Stream target) : WriteOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The digest of what was written so far.</summary>
    public FileDigest Digest() => new(Length, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        target.Write(bytes);
        _hash.AppendData(bytes);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
