namespace DecoupleQ.Quantization.Solver;

/// <summary>The steps of the solver, in the order that they are first taken.</summary>
internal enum SolveStep
{
    NearestRounding,
    FirstRounding,
    IntegerStep,
    FloatStep,
    StoredPair,
    LastRounding,
}

/// <summary>Told each row's objective after each step.</summary>
internal interface ISolveObserver
{
    /// <param name="step">The step just taken.</param>
    /// <param name="losses">f of each row, in units of <see cref="PreparedHessian.Unit"/>.</param>
    void AfterStep(SolveStep step, ReadOnlySpan<double> losses);
}
