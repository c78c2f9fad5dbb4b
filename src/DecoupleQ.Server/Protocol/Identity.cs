using System.Security.Cryptography;

namespace DecoupleQ.Server.Protocol;

/// <summary>Names of responses.</summary>
internal static class Identity
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A new name.</summary>
    /// <param name="kind">What it begins with, as <c>chatcmpl-</c>.</param>
    public static string New(string kind) => kind + RandomNumberGenerator.GetString(Letters, 24);
}
