namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishPageWords
{
    public static PageWords Words { get; } = new()
    {
        Language = "en",
        Title = "Pilot report: {0}",
        Subtitle = "Measured until {0}, universal time (UTC), in {1}.",
        Footer = "Measured by DecoupleQ {0}. This page asks for nothing outside itself; the JSON file beside it holds every figure.",
        Dense = "Dense",
        Packed = "Quantized",
        Figure = "Figure",
        Value = "Value",
        More = "{0} more are in the JSON file.",
        NamesMore = "{0} and {1} more",
        Separator = ", ",
        Clauses = "; ",
        Never = "never",
        Months = "{0} months",
        Seconds = "{0} s",
        Minutes = "{0} min",
        Hours = "{0} h {1} min",
        Bits = "{0} bits",
        PerChannel = "per channel",
        Groups = "groups of {0}",
        EmbeddingBits = "embedding {0} bits",
        HeadBits = "head {0} bits",
        Preset = "preset {0}",
        SettingForm = "{0} ({1})",
        ShortGroups = "g{0}",
        ShortPerChannel = "channel",
        ShortJoiner = " ",
    };
}
