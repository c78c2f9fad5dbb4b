using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The start of the alternation: of the factors <c>p = 1 - i/200</c>, one for all groups of a row, the one whose shrunk range [p min, p
/// max] gives nearest rounding the lowest f.
/// </summary>
/// <remarks>
/// <para>
/// With the min-max s and z of p = 1, <c>b_hat(p) = p q(p)</c>, <c>q = s w(p) + z</c>: only the integers depend on p in a way that needs work, and as p falls
/// each moves one way and seldom. So <c>v = R^T q</c> is carried from p to p and a changed integer adds one row of R to it; then
/// <c>f = || p v - R^T b ||^2</c>. The whole costs as much as a few products with H, not 160.
/// </para>
/// <para>It is done for 64 columns of R at a time, so that v stays in registers and that strip of R in the cache for all rows of the chunk.</para>
/// </remarks>
internal static class ShrinkSearch
{
    /// <summary>p goes down in steps of 1 / Grid.</summary>
    public const int Grid = 200;

    private const int Chunk = 48;
    private const int Strip = ShrinkChanges.Strip;

    /// <summary>s and z of the best p of each row.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">H.</param>
    /// <param name="steps">How many p are tried, from 1 down.</param>
    /// <param name="scales">s, rows x G; overwritten.</param>
    /// <param name="offsets">z, rows x G; overwritten.</param>
    /// <param name="best">i of the best p of each row, the lowest of equals; overwritten.</param>
    public static void Find(LayerRows rows, PreparedHessian hessian, int steps, Span<float> scales, Span<float> offsets, Span<int> best)
    {
        var changes = new ShrinkChanges[Math.Min(Chunk, rows.Count)];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = new ShrinkChanges(steps, rows.Inputs);
        }
        using Scratch<double> losses = Scratch<double>.Rent(changes.Length * steps);
        using Scratch<float> starts = Scratch<float>.Rent(changes.Length * rows.Inputs);
        for (int first = 0; first < rows.Count; first += Chunk)
        {
            LayerRows chunk = rows.Slice(first, Math.Min(Chunk, rows.Count - first));
            for (int i = 0; i < chunk.Count; i++)
            {
                changes[i].Find(chunk.Row(i), chunk.GroupSize, chunk.Format, starts.Span.Slice(i * rows.Inputs, rows.Inputs));
            }
            losses.Span.Clear();
            Evaluate(chunk, hessian, steps, changes, starts.Span, losses.Span);
            for (int i = 0; i < chunk.Count; i++)
            {
                ReadOnlySpan<double> ofRow = losses.Span.Slice(i * steps, steps);
                int lowest = 0;
                for (int step = 1; step < steps; step++)
                {
                    if (ofRow[step] < ofRow[lowest])
                    {
                        lowest = step;
                    }
                }
                best[first + i] = lowest;
            }
        }
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = rows.Row(i);
            for (int g = 0; g < rows.Groups; g++)
            {
                (float low, float high) = MinMax.Range(row.Slice(g * rows.GroupSize, rows.GroupSize));
                (scales[(i * rows.Groups) + g], offsets[(i * rows.Groups) + g]) = MinMax.Shrunk(low, high, Factor(best[i]), rows.Format);
            }
        }
    }

    /// <summary>p of a step.</summary>
    public static double Factor(int step) => 1 - ((double)step / Grid);

    /// <summary>Adds f of each row of a chunk and each p to <paramref name="losses"/> (rows x steps).</summary>
    private static void Evaluate(LayerRows chunk, PreparedHessian hessian, int steps, ShrinkChanges[] changes, ReadOnlySpan<float> starts, Span<double> losses)
    {
        UpperPanels factor = hessian.Factor;
        using Scratch<float> aims = Scratch<float>.Rent(chunk.Count * factor.PanelWidth);
        using Scratch<float> startProducts = Scratch<float>.Rent(chunk.Count * factor.PanelWidth);
        using Scratch<float> strip = Scratch<float>.Rent(chunk.Inputs * Strip);
        Span<float> aim = stackalloc float[Strip], start = stackalloc float[Strip];
        for (int p = 0; p < factor.Count; p++)
        {
            int width = factor.Width(p);
            factor.Multiply(chunk.Weights, chunk.Count, p, aims.Span, hessian.OneThread);
            factor.Multiply(starts, chunk.Count, p, startProducts.Span, hessian.OneThread);
            for (int column = 0; column < width; column += Strip)
            {
                int stripWidth = Math.Min(Strip, width - column);
                int stripRows = factor.FirstColumn(p) + column + stripWidth;
                CopyStrip(factor.Panel(p), width, column, stripWidth, stripRows, strip.Span);
                for (int i = 0; i < chunk.Count; i++)
                {
                    Pad(aims.Span.Slice((i * width) + column, stripWidth), aim);
                    Pad(startProducts.Span.Slice((i * width) + column, stripWidth), start);
                    changes[i].AddLosses(strip.Span[..(stripRows * Strip)], stripRows, start, aim, losses.Slice(i * steps, steps));
                }
            }
        }
    }

    private static void Pad(ReadOnlySpan<float> source, Span<float> target)
    {
        source.CopyTo(target);
        target[source.Length..].Clear();
    }

    /// <summary>A strip of a panel by itself, 64 wide, padded with zeros.</summary>
    private static void CopyStrip(ReadOnlySpan<float> panel, int panelWidth, int column, int width, int rows, Span<float> strip)
    {
        if (width < Strip)
        {
            strip.Clear();
        }
        for (int i = 0; i < rows; i++)
        {
            panel.Slice((i * panelWidth) + column, width).CopyTo(strip[(i * Strip)..]);
        }
    }
}
