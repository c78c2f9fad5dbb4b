namespace DecoupleQ.Quantization.Solver;

/// <summary>Where the alternation of integer and float steps starts.</summary>
public enum StartSearch
{
    /// <summary>
    /// The paper's: the shrunk min-max range, one factor a row, whose nearest rounding has the lowest f; then a float step. Costs two or
    /// three products of B with H.
    /// </summary>
    MinMaxShrink,

    /// <summary>
    /// Each group by itself: the scale and offset whose nearest rounding has the least weighted squared error, each input weighted by what of it the inputs
    /// after it do not explain. The integer step is then taken from that scale and from slightly narrower and wider ones, and the best of them kept row by row.
    /// Costs four integer steps.
    /// </summary>
    DiagonalSearch,

    /// <summary>
    /// Each group by itself: the scale, from a grid, and the offset, of all real ones, whose nearest rounding has the least weighted squared error (NeUQI,
    /// arXiv 2505.17595). Weighted and rounded at several widths as <see cref="DiagonalSearch"/> is.
    /// </summary>
    Neuqi,
}
