using System.Security.Cryptography;
using System.Text;

namespace DecoupleQ.Server.Access;

/// <summary>
/// The keys that open the server. Of a wrong one nobody learns how much of it was right: digests are compared, all of them, in constant time.
/// </summary>
internal sealed class ApiKeys(IReadOnlyList<string> keys)
{
    private readonly byte[][] _digests = [.. keys.Select(Digest)];

    /// <summary>Whether a key is needed at all.</summary>
    public bool AreNeeded => _digests.Length > 0;

    /// <summary>Whether <paramref name="key"/> is one of them.</summary>
    public bool Contain(string key)
    {
        byte[] digest = Digest(key);
        bool found = false;
        foreach (byte[] known in _digests)
        {
            found |= CryptographicOperations.FixedTimeEquals(digest, known);
        }
        return found;
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
