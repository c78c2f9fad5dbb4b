namespace DecoupleQ.Reports.Layout;

/// <summary>The languages that pages are written in.</summary>
public enum ReportLanguage
{
    /// <summary>English.</summary>
    English,

    /// <summary>Japanese.</summary>
    Japanese,
}
