using System.Numerics.Tensors;
using DecoupleQ.Checkpoints;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.TestData;

/// <summary>What models are calibrated on, to be looked for in the test.</summary>
public static class CalibrationTexts
{
    /// <summary>Of calibration of which nothing is known.</summary>
    public const string Unknown = "unknown";

    /// <summary>Reads the calibration, in pieces.</summary>
    /// <param name="sources">As <c>QuantizationOptions.Calibration</c> has them.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>
    /// The index of what can be looked at, null where nothing can; and what cannot: what the model writes itself, and words that stand for files which are not
    /// known.
    /// </returns>
    /// <exception cref="DecoupleQException">A source cannot be read.</exception>
    public static (CalibrationIndex? Index, IReadOnlyList<string> Unchecked) Index(
        IReadOnlyList<string> sources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        string[] known = [.. sources.Where(source => source != CalibrationSource.Self)], others = [.. sources.Except(known).Distinct()];
        if (known.Length == 0)
        {
            return (null, others);
        }
        var index = new CalibrationIndex();
        if (CalibrationSource.IsTable(sources))
        {
            AddTable(index, sources[0], cancellationToken);
            return (index, others);
        }
        foreach (string source in known)
        {
            index.AddText(TextPieces.All(() => CalibrationText.Open(source)).Select(piece => piece.ToString()), cancellationToken);
        }
        return (index, others);
    }

    /// <summary>
    /// What a packed folder says that it was calibrated on: the text that comes with the library can be looked at, files are not named there.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>As <see cref="Index"/>; <see cref="Unknown"/> where it says nothing.</returns>
    /// <exception cref="DecoupleQException">What it says cannot be read.</exception>
    public static (CalibrationIndex? Index, IReadOnlyList<string> Unchecked) IndexOf(string folder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string[] sources = [.. PackedNotes.Calibration(folder)];
        (CalibrationIndex? index, _) = Index([.. sources.Where(source => source == CalibrationSource.Builtin)], cancellationToken);
        return (index, sources.Length == 0 ? [Unknown] : [.. sources.Where(source => source != CalibrationSource.Builtin)]);
    }

    private static void AddTable(CalibrationIndex index, string file, CancellationToken cancellationToken)
    {
        var window = new int[CalibrationWindows.SizeOf(file).Context];
        using SafetensorsFile table = SafetensorsFile.Open(file, TensorAccess.Read);
        table.ReadIntegers(CalibrationWindows.IdsTensor, Take, cancellationToken);

        // Pieces end anywhere; ids beyond 32 bits are refused by whoever calibrates on them.
        void Take(long first, ReadOnlySpan<long> ids)
        {
            for (int at = (int)(first % window.Length); !ids.IsEmpty; at = 0)
            {
                int count = Math.Min(window.Length - at, ids.Length);
                TensorPrimitives.ConvertTruncating(ids[..count], window.AsSpan(at));
                ids = ids[count..];
                if (at + count == window.Length)
                {
                    index.AddIds(window);
                }
            }
        }
    }
}
