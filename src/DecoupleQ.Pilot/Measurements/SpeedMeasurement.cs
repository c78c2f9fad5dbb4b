using DecoupleQ.Hardware;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Measures how fast two models are, side by side in one process and in turns, so that what else the machine does meets both alike.</summary>
/// <remarks>
/// <para>
/// Models run as the server runs them (<see cref="Serving.TextService"/>): requests are callers of their own that share the engine's steps. All prompts have
/// the same number of random ids, all texts the same number of tokens, whatever the model would end them with. The first token of a request that is alone comes
/// after its prompt, which is what prompts a second are told from. Several requests write from where all have their first token: tokens a second of all of
/// them are without the time of their prompts, which are shorter where time is short.
/// </para>
/// <para>
/// First both are loaded several times, in turns; the first load of each, which brings the files into the page cache, does not count. Then both run without
/// being measured until .NET has compiled what they use. Then come rounds, of which the first does not count: at each number of requests the one model and
/// then the other, in every other round the other first. Ratios are of the two models in the same round.
/// </para>
/// </remarks>
public static class SpeedMeasurement
{
    /// <summary>Measures both.</summary>
    /// <param name="dense">The dense model: a folder or a GGUF file.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after each load and each group of requests.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DecoupleQException">
    /// A model cannot be loaded, has no tokenizer, or they do not fit into memory together; or an option is out of its range.
    /// </exception>
    public static SpeedResult Measure(
        string dense, string packed, SpeedOptions? options = null, IProgress<SpeedProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? new()).Checked();
        using var first = new ServedModel(dense, options.Threads, TimeProvider.System);
        using var second = new ServedModel(packed, options.Threads, TimeProvider.System);
        // Not on the caller's thread, whose context might not let anything come back to it.
        return Task.Run(() => MeasureAsync(first, second, options, TimeProvider.System, progress, cancellationToken), cancellationToken)
            .GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="Measure"/>, of any two models by any clock.</summary>
    internal static async Task<SpeedResult> MeasureAsync(
        ITimedModel dense, ITimedModel packed, SpeedOptions options, TimeProvider clock, IProgress<SpeedProgress>? progress,
        CancellationToken cancellationToken)
    {
        long memory = options.Memory ?? MachineMemory.Now().AvailableBytes, weights = dense.WeightBytes + packed.WeightBytes;
        if (weights > memory)
        {
            throw new DecoupleQException(
                $"The two models take {weights} bytes together, and {memory} are available.", packed.Name, "memory",
                "a machine with more, or other programs closed: both are in memory while they are compared");
        }
        var run = new SpeedRun(dense, packed, options, clock, progress, cancellationToken);
        run.Load();
        IReadOnlyList<LevelLeftOut> leftOut = run.TakeLevels(weights, memory);
        await run.WarmUpAsync().ConfigureAwait(false);
        await run.MeasureAsync().ConfigureAwait(false);
        return new SpeedResult(run.Figures(), leftOut);
    }
}
