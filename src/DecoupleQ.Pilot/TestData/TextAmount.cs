using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.TestData;

/// <summary>How much text there is.</summary>
/// <param name="Tokens">Tokens that were counted.</param>
/// <param name="IsWhole">Whether that is all there is; otherwise counting ended, as there is enough.</param>
/// <param name="ModelWrites">Whether the model itself writes more, as much as it is asked for.</param>
public sealed record TextAmount(long Tokens, bool IsWhole, bool ModelWrites)
{
    /// <summary>Counts test text.</summary>
    /// <param name="tokenizer">The models'.</param>
    /// <param name="files">UTF-8 text files.</param>
    /// <param name="enough">Tokens after which counting ends, at least 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A file cannot be read, or is there twice.</exception>
    public static TextAmount OfTest(Tokenizer tokenizer, IReadOnlyList<string> files, long enough, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfLessThan(enough, 1);
        TestText.Names(files);
        return Count(files.SelectMany(file => TestText.Ids(file, tokenizer).Read(cancellationToken)), enough, modelWrites: false);
    }

    /// <summary>Counts calibration text.</summary>
    /// <inheritdoc cref="OfTest"/>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="sources">As <c>QuantizationOptions.Calibration</c> has them.</param>
    /// <param name="enough">Tokens after which counting ends, at least 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A source cannot be read.</exception>
    public static TextAmount OfCalibration(Tokenizer tokenizer, IReadOnlyList<string> sources, long enough, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfLessThan(enough, 1);
        if (CalibrationSource.IsTable(sources))
        {
            (int windows, int context) = CalibrationWindows.SizeOf(sources[0]);
            return new TextAmount((long)windows * context, IsWhole: true, ModelWrites: false);
        }
        string[] texts = [.. sources.Where(source => source != CalibrationSource.Self)];
        IEnumerable<int[]> ids = texts.SelectMany(source =>
            new TextIds(TextPieces.All(() => CalibrationText.Open(source)), source, tokenizer) { MostHeld = TextIds.LongestStretch }.Read(cancellationToken));
        return Count(ids, enough, texts.Length < sources.Count);
    }

    private static TextAmount Count(IEnumerable<int[]> pieces, long enough, bool modelWrites)
    {
        long tokens = 0;
        foreach (int[] ids in pieces)
        {
            tokens += ids.Length;
            if (tokens >= enough)
            {
                return new TextAmount(tokens, IsWhole: false, modelWrites);
            }
        }
        return new TextAmount(tokens, IsWhole: true, modelWrites);
    }
}
