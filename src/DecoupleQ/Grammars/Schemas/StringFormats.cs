namespace DecoupleQ.Grammars.Schemas;

/// <summary>
/// Formats of strings, as regular expressions. Each takes only texts of the format; where the format takes more than readers agree on, some are left out.
/// </summary>
internal static class StringFormats
{
    // Of RFC 3339, with the days that the months have.
    private const string LeapYear = "(?:(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26]))|(?:(?:[02468][048]|[13579][26])00))";

    private const string LongMonth = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])", ShortMonth = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)";

    private const string Date = "(?:[0-9]{4}-(?:" + LongMonth + "|" + ShortMonth + "|02-(?:0[1-9]|1[0-9]|2[0-8]))|" + LeapYear + "-02-29)";

    // Offsets go to 14 hours.
    private const string Time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))";

    // RFC 1123; four labels at most keep it below 253 characters.
    private const string Label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?";
    private const string Host = Label + "(?:\\." + Label + "){0,3}";
    private const string Byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Address4 = Byte + "(?:\\." + Byte + "){3}";
    private const string Group = "[0-9A-Fa-f]{1,4}";

    // RFC 4291: eight groups, or fewer with one ::.
    private const string Address6 = "(?:(?:" + Group + ":){7}" + Group
        + "|(?:" + Group + ":){1,7}:"
        + "|(?:" + Group + ":){1,6}:" + Group
        + "|(?:" + Group + ":){1,5}(?::" + Group + "){1,2}"
        + "|(?:" + Group + ":){1,4}(?::" + Group + "){1,3}"
        + "|(?:" + Group + ":){1,3}(?::" + Group + "){1,4}"
        + "|(?:" + Group + ":){1,2}(?::" + Group + "){1,5}"
        + "|" + Group + ":(?::" + Group + "){1,6}"
        + "|:(?::" + Group + "){1,7}|::)";

    // What every reader of RFC 5321 takes: no quotes, no marks at the ends, a host with a top-level domain.
    private const string Mailbox = "[A-Za-z0-9](?:[A-Za-z0-9_+-]{0,14}[A-Za-z0-9])?";
    private const string Domain = "(?:" + Label + "\\.){1,3}[A-Za-z]{2,20}";

    // RFC 3986 with an authority: registered names and IPv4 addresses.
    private const string UriCharacter = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

    private const string Uri = "[A-Za-z][A-Za-z0-9+.-]*:\\/\\/" + Host + "(?::[0-9]{1,4})?(?:\\/" + UriCharacter + "*)*"
        + "(?:\\?(?:" + UriCharacter + "|[\\/?])*)?(?:#(?:" + UriCharacter + "|[\\/?])*)?";

    // ISO 8601 as RFC 3339 has it; readers hold numbers of four digits.
    private const string Count = "[0-9]{1,4}";

    private const string DurationTime =
        "T(?:" + Count + "H(?:" + Count + "M(?:" + Count + "S)?)?|" + Count + "M(?:" + Count + "S)?|" + Count + "S)";

    private const string Duration = "P(?:" + Count + "W|" + DurationTime
        + "|(?:" + Count + "Y(?:" + Count + "M(?:" + Count + "D)?)?|" + Count + "M(?:" + Count + "D)?|" + Count + "D)(?:" + DurationTime + ")?)";

    /// <summary>The regular expression of each format, by name; it is the whole string.</summary>
    public static IReadOnlyDictionary<string, string> Patterns { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["date-time"] = Date + "T" + Time,
        ["time"] = Time,
        ["duration"] = Duration,
        ["email"] = Mailbox + "(?:\\." + Mailbox + "){0,2}@" + Domain,
        ["hostname"] = Host,
        ["ipv4"] = Address4,
        ["ipv6"] = Address6,
        ["uri"] = Uri,
        ["uuid"] = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    };
}
