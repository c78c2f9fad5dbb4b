using System.Security.Cryptography;
using System.Text;

namespace DecoupleQ.Chat.Tools;

/// <summary>Ids of calls: nine letters and digits, the only form that the templates of every family take.</summary>
internal static class CallIds
{
    private const int Length = 9;
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A new id, drawn.</summary>
    public static string New() => RandomNumberGenerator.GetString(Characters, Length);

    /// <summary>Whether an id has this form.</summary>
    public static bool IsOne(string id) => id.Length == Length && id.All(char.IsAsciiLetterOrDigit);

    /// <summary>The id of this form for an id of any other, always the same one.</summary>
    public static string For(string id)
    {
        if (IsOne(id))
        {
            return id;
        }
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return string.Concat(digest.Take(Length).Select(value => Characters[value % Characters.Length]));
    }
}
