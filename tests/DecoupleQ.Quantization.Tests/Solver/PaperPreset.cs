using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>
/// The paper preset as the published code goes about it, step by step, from the float64 pieces of the oracle: every p tried, textbook GPTQ,
/// dense least squares.
/// </summary>
internal static class PaperPreset
{
    /// <summary>f of each row after the alternation, before anything is rounded for storage.</summary>
    public static double[] Losses(LayerProblem problem)
    {
        double[,] h = Oracle.Damped(problem.Hessian);
        var gptq = new TextbookGptq(h);
        Row[] best = [.. Enumerable.Range(0, problem.Outputs).Select(i => Start(problem, i, h, gptq))];
        Row[] start = [.. best.Select(row => SearchedStart(row, h, problem.Format))];
        for (int round = 0; round < 3; round++)
        {
            if (!Improve(best, (row, i) => Rounded(round == 0 ? start[i] : row, h, gptq, problem.Format))
                || !Improve(best, (row, _) => WithBestScales(row, h, problem.Format)))
            {
                break;
            }
        }
        return [.. best.Select(row => row.Loss)];
    }

    private static Row Start(LayerProblem problem, int i, double[,] h, TextbookGptq gptq)
    {
        float[] b = problem.Weights[(i * problem.Inputs)..((i + 1) * problem.Inputs)];
        Row nearest = Nearest(b, 1, h, problem.Format), rounded = Rounded(nearest, h, gptq, problem.Format);
        return rounded.Loss < nearest.Loss ? rounded : nearest;
    }

    private static Row SearchedStart(Row row, double[,] h, QuantizationFormat format) =>
        WithBestScales(Enumerable.Range(0, 160).Select(i => Nearest(row.B, 1 - (i / 200.0), h, format)).MinBy(r => r.Loss)!, h, format);

    private static bool Improve(Row[] best, Func<Row, int, Row> step)
    {
        int improved = 0;
        for (int i = 0; i < best.Length; i++)
        {
            Row next = step(best[i], i);
            if (next.Loss < best[i].Loss)
            {
                best[i] = next;
                improved++;
            }
        }
        return improved >= 1e-4 * best.Length;
    }

    private static Row Nearest(float[] b, double p, double[,] h, QuantizationFormat format)
    {
        int groupSize = format.ColumnsPerGroup(b.Length);
        float[] s = new float[b.Length / groupSize], z = new float[s.Length];
        for (int g = 0; g < s.Length; g++)
        {
            float[] group = b[(g * groupSize)..((g + 1) * groupSize)];
            double low = p * Math.Min(0, group.Min()), high = p * Math.Max(0, group.Max());
            s[g] = (float)((high - low) / (format.Beta - format.Alpha));
            z[g] = (float)(low - (format.Alpha * (high - low) / (format.Beta - format.Alpha)));
        }
        sbyte[] w =
            [.. b.Select((value, j) => (sbyte)Math.Clamp(MathF.Floor(((value - z[j / groupSize]) / s[j / groupSize]) + 0.5f), format.Alpha, format.Beta))];
        return new Row(b, w, s, z, Oracle.Loss(h, b, w, s, z));
    }

    private static Row Rounded(Row row, double[,] h, TextbookGptq gptq, QuantizationFormat format)
    {
        sbyte[] w = gptq.Round(row.B, row.S, row.Z, format);
        return row with { W = w, Loss = Oracle.Loss(h, row.B, w, row.S, row.Z) };
    }

    private static Row WithBestScales(Row row, double[,] h, QuantizationFormat format)
    {
        Oracle.FloatMinimum(h, row.B, row.W, format.ColumnsPerGroup(row.B.Length), out double[] u);
        float[] s = [.. u.Take(row.S.Length).Select(v => (float)v)], z = [.. u.Skip(row.S.Length).Select(v => (float)v)];
        return row with { S = s, Z = z, Loss = Oracle.Loss(h, row.B, row.W, s, z) };
    }

    private sealed record Row(float[] B, sbyte[] W, float[] S, float[] Z, double Loss);
}
