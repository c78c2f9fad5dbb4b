using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Access;

/// <summary>
/// The keys that open the server. Of a wrong one nobody learns how much of it was right: digests are compared, all of them, in constant time.
/// </summary>
internal sealed class ApiKeys(IReadOnlyList<string> keys)
{
    /// <summary>How a key is brought: as it is, or as a browser brings a password.</summary>
    public const string Bearer = "Bearer", Basic = "Basic";

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

    /// <summary>The key that a request brings, be it a right one or not; null if it brings none.</summary>
    public static string? Given(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out AuthenticationHeaderValue? given) || given.Parameter is null)
        {
            return null;
        }
        if (given.Scheme.Equals(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return given.Parameter;
        }
        if (!given.Scheme.Equals(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        Span<byte> bytes = new byte[given.Parameter.Length];
        if (!Convert.TryFromBase64String(given.Parameter, bytes, out int length))
        {
            return null;
        }
        string pair = Encoding.UTF8.GetString(bytes[..length]);
        return pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
