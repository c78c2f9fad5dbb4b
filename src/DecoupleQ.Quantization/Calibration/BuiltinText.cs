namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// A general text for calibration: prose, conversations, letters, mathematics, tables, programs and data in several languages, some of each in turns. The books
/// are in the public domain, the rest was written for this project.
/// </summary>
internal static class BuiltinText
{
    /// <summary>The name of the resource.</summary>
    public const string Resource = "DecoupleQ.Quantization.Calibration.general.txt";

    /// <summary>The text, in UTF-8.</summary>
    public static Stream Open() => typeof(BuiltinText).Assembly.GetManifestResourceStream(Resource)
        ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
}
