using System.Security.Cryptography;
using DecoupleQ.Storage;

namespace DecoupleQ.Storage;

/// <summary>Hashes what is written to it.</summary>
/// <param name="hash">Takes it in.</param>
internal sealed class HashingStream(IncrementalHash hash) : WriteOnlyStream
{
    protected override void Take(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);
}
