namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The sums of H over groups that the float step needs, the same for every row: <c>R = H E</c> and <c>P_zz = E^T R</c>, E the n x G group indicator.
/// </summary>
internal sealed class GroupedHessian
{
    /// <param name="hessian">H.</param>
    /// <param name="groupSize">Divides n.</param>
    public GroupedHessian(PreparedHessian hessian, int groupSize)
    {
        int n = hessian.Size;
        Groups = n / groupSize;
        ColumnSums = new float[n * Groups];
        Sums = new double[Groups * Groups];
        for (int j = 0; j < n; j++)
        {
            hessian.OneThread.Cancellation.ThrowIfCancellationRequested();
            for (int g = 0; g < Groups; g++)
            {
                double sum = LinearAlgebra.DoubleSums.Sum(hessian.Damped.AsSpan((j * n) + (g * groupSize), groupSize));
                ColumnSums[(j * Groups) + g] = (float)sum;
                Sums[(j / groupSize * Groups) + g] += sum;
            }
        }
    }

    /// <summary>G.</summary>
    public int Groups { get; }

    /// <summary>R, n x G.</summary>
    public float[] ColumnSums { get; }

    /// <summary>P_zz, G x G.</summary>
    public double[] Sums { get; }
}
