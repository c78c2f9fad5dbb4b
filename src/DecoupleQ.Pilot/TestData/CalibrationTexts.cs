using System.Numerics.Tensors;
using DecoupleQ.Checkpoints;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.TestData;

/// <summary>What models are calibrated on, to be looked for in the test.</summary>
public static class CalibrationTexts
{
    /// <summary>Reads the calibration, in pieces.</summary>
    /// <param name="sources">As <c>QuantizationOptions.Calibration</c> has them.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Its index; null where the model writes some of it itself, so that nobody can say whether a text occurs there.</returns>
    /// <exception cref="DecoupleQException">A source cannot be read.</exception>
    public static CalibrationIndex? Index(IReadOnlyList<string> sources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Contains(CalibrationSource.Self))
        {
            return null;
        }
        var index = new CalibrationIndex();
        if (CalibrationSource.IsTable(sources))
        {
            AddTable(index, sources[0], cancellationToken);
            return index;
        }
        foreach (string source in sources)
        {
            index.AddText(TextPieces.All(() => CalibrationText.Open(source)).Select(piece => piece.ToString()), cancellationToken);
        }
        return index;
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
