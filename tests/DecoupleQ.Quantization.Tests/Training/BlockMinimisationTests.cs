using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Gradients;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Training;

public sealed class BlockMinimisationTests
{
    private static readonly BlockMinimisationOptions Quick = new() { Epochs = 8, LearningRate = 2e-3 };

    [Theory]
    [InlineData("", false)]
    [InlineData("up", false)]
    [InlineData("", true)]
    public void The_loss_falls_on_training_and_held_out_sequences(string frozen, bool trainBiases)
    {
        BlockTrainingResult result = Run(TrainingProblems.Create(frozen: frozen, biases: trainBiases), Quick with { TrainBiases = trainBiases });
        BlockTrainingReport report = result.Report;
        Assert.True(report.Kept);
        Assert.False(report.Diverged);
        Assert.Equal(Quick.Epochs, report.EpochLosses.Count);
        Assert.True(report.EpochLosses[^1] < 0.6 * report.EpochLosses[0], $"{report.EpochLosses[0]} to {report.EpochLosses[^1]}");
        Assert.True(report.HeldOutAfter < 0.8 * report.HeldOutBefore, $"{report.HeldOutBefore} to {report.HeldOutAfter}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_held_out_losses_are_those_of_what_is_stored(bool normsWithOffset)
    {
        BlockTrainingProblem problem = TrainingProblems.Create(plan: normsWithOffset ? Blocks.FourNorms(width: 32, feedForward: 64) : null);
        BlockTrainingResult result = Run(problem, Quick);
        // Training for no epochs from the result measures it.
        BlockTrainingReport again = Run(problem with { Start = result.Parameters }, Quick with { Epochs = 0 }).Report;
        Assert.Equal(result.Report.HeldOutAfter, again.HeldOutBefore);
        Assert.Equal(again.HeldOutBefore, again.HeldOutAfter);
        Assert.False(again.Kept);
    }

    [Fact]
    public void What_is_returned_is_exact_in_its_stored_types_and_the_integers_are_as_before()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(biases: true);
        BlockParameters result = Run(problem, Quick with { TrainBiases = true }).Parameters;
        foreach ((LinearOperation layer, LayerSolution solution) in result.Layers)
        {
            LayerSolution start = problem.Start.Layers[layer];
            Assert.Same(start.Integers, solution.Integers);
            Assert.NotEqual(start.Scales, solution.Scales);
            Assert.NotEqual(start.Offsets, solution.Offsets);
            Assert.Equal(ElementType.F16, solution.ScaleType);
            float[] scales = [.. solution.Scales], offsets = [.. solution.Offsets];
            StoredPair.Round(solution.Format, ElementType.F16, scales, offsets);
            Assert.Equal(solution.Scales, scales);
            Assert.Equal(solution.Offsets, offsets);
        }
        foreach ((StoredVector before, StoredVector after) in result.Vectors.Select(v => (problem.Start.Vectors[v.Key], v.Value)))
        {
            Assert.Equal(ElementType.BF16, after.Type);
            Assert.All(after.Values, v => Assert.Equal(FloatFormat.Round(ElementType.BF16, v), v));
            Assert.NotEqual(before.Values, after.Values);
        }
    }

    [Fact]
    public void A_block_with_layer_norms_is_trained_with_their_biases()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(plan: Blocks.Plain(width: 32));
        BlockTrainingResult result = Run(problem, Quick);
        Assert.True(result.Report.HeldOutAfter < 0.9 * result.Report.HeldOutBefore);
        foreach ((OwnedTensor tensor, StoredVector vector) in result.Parameters.Vectors)
        {
            Assert.Equal(tensor.Kind == TensorKind.Bias, problem.Start.Vectors[tensor].Values.AsSpan().SequenceEqual(vector.Values));
        }
    }

    [Fact]
    public void Biases_are_left_alone_unless_they_are_trained()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(biases: true);
        BlockParameters result = Run(problem, Quick).Parameters;
        Assert.All(
            result.Vectors.Where(v => v.Key.Kind == TensorKind.Bias), b => Assert.Equal(problem.Start.Vectors[b.Key].Values, b.Value.Values));
    }

    [Fact]
    public void The_offsets_of_a_symmetric_layer_stay_zero()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        BlockTrainingProblem symmetric = problem with
        {
            Start = problem.Start with { Layers = problem.Start.Layers.ToDictionary(l => l.Key, l => Symmetric(l.Value)) },
        };
        BlockTrainingResult trained = Run(symmetric, Quick);
        Assert.True(trained.Report.Kept);
        Assert.All(trained.Parameters.Layers.Values, l => Assert.All(l.Offsets, z => Assert.Equal(0, z)));

        static LayerSolution Symmetric(LayerSolution layer) =>
            layer with { Format = layer.Format with { Symmetric = true }, Offsets = new float[layer.Offsets.Length] };
    }

    [Fact]
    public void Training_that_hurts_the_held_out_sequences_is_undone()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        BlockTrainingResult result = Run(problem, Quick with { LearningRate = 0.5, Epochs = 1 });
        Assert.True(result.Report.HeldOutAfter > result.Report.HeldOutBefore);
        Assert.False(result.Report.Kept);
        Assert.Same(problem.Start, result.Parameters);
    }

    [Fact]
    public void Overfitting_is_undone_where_only_the_held_out_sequences_show_it()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 1, heldOut: 4, tokens: 2);
        var random = new Random(5);
        var samples = (Samples)problem.Training;
        // A target that has nothing to do with the block.
        BlockTrainingProblem misled = problem with { Training = samples with { Targets = [[.. samples.Targets[0].Select(_ => (float)random.NextDouble())]] } };
        BlockTrainingResult result = Run(misled, Quick with { Epochs = 30 });
        Assert.True(result.Report.EpochLosses[^1] < result.Report.EpochLosses[0]);
        Assert.False(result.Report.Kept);
        Assert.Same(problem.Start, result.Parameters);
    }

    [Fact]
    public void Training_that_diverges_gives_back_the_start()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        BlockTrainingResult result = Run(problem, Quick with { LearningRate = 1e30 });
        Assert.True(result.Report.Diverged);
        Assert.False(result.Report.Kept);
        Assert.Same(problem.Start, result.Parameters);
    }

    [Fact]
    public void Without_held_out_sequences_what_was_trained_is_kept()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(heldOut: 0);
        BlockTrainingResult result = Run(problem, Quick);
        Assert.True(result.Report.Kept);
        Assert.Null(result.Report.HeldOutBefore);
        Assert.Null(result.Report.HeldOutAfter);
        Assert.NotSame(problem.Start, result.Parameters);
    }

    [Fact]
    public void Padding_has_no_influence()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        BlockTrainingResult expected = Run(problem, Quick), padded = Run(
            problem with { Training = Pad((Samples)problem.Training), HeldOut = Pad((Samples)problem.HeldOut!) }, Quick);
        AssertSame(expected, padded);

        static Samples Pad(Samples samples) => samples with
        {
            Inputs = [.. samples.Inputs.Select(x => (float[])[.. x, .. Enumerable.Repeat(3f, 4 * samples.Width)])],
            Targets = [.. samples.Targets.Select(x => (float[])[.. x, .. Enumerable.Repeat(float.NaN, 4 * samples.Width)])],
            Masks = [.. samples.Inputs.Select(x => (bool[])[.. Enumerable.Repeat(true, x.Length / samples.Width), .. new bool[4]])],
        };
    }

    [Fact]
    public void A_token_left_out_of_the_loss_still_counts_as_context()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 2, heldOut: 1);
        var samples = (Samples)problem.Training;
        bool[][] masks = [.. samples.Inputs.Select(x => Enumerable.Range(0, x.Length / samples.Width).Select(t => t > 3).ToArray())];
        BlockTrainingProblem masked = problem with { Training = samples with { Masks = masks } };
        var changed = (Samples)masked.Training;
        float[][] inputs = [.. samples.Inputs.Select(x => (float[])[0.5f, .. x[1..]])];
        double loss = Run(masked, Quick with { Epochs = 1 }).Report.EpochLosses[0];
        double other = Run(masked with { Training = changed with { Inputs = inputs } }, Quick with { Epochs = 1 }).Report.EpochLosses[0];
        Assert.NotEqual(loss, other);
    }

    [Fact]
    public void A_sequence_of_which_no_token_counts_is_passed_over()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 1);
        var samples = (Samples)problem.Training;
        BlockTrainingReport report = Run(problem with { Training = samples with { Masks = [new bool[samples.Tokens(0)]] } }, Quick).Report;
        Assert.All(report.EpochLosses, loss => Assert.Equal(0, loss));
        Assert.False(report.Diverged);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(tokens: 140, sequences: 2, heldOut: 1, biases: true);
        BlockMinimisationOptions options = Quick with { Epochs = 2, TrainBiases = true };
        AssertSame(Run(problem, options, threads: 1), Run(problem, options, threads: 2));
        AssertSame(Run(problem, options, threads: 1), Run(problem, options, threads: 3));
    }

    [Fact]
    public void Every_step_is_reported_and_cancellation_ends_the_training()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(sequences: 3);
        using var source = new CancellationTokenSource();
        var steps = new List<BlockTrainingProgress>();
        var progress = new ImmediateProgress(p =>
        {
            steps.Add(p);
            if (p.Step == 4)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => Run(problem, Quick with { Epochs = 2 }, progress: progress, cancellationToken: source.Token));
        Assert.Equal([1, 2, 3, 4], steps.Select(s => s.Step));
        Assert.All(steps, s => Assert.True(s.Steps == 6 && s.Loss > 0));
    }

    [Fact]
    public void The_problem_is_not_changed()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(), same = TrainingProblems.Create();
        Run(problem, Quick);
        Assert.All(problem.Start.Layers.Values.Zip(same.Start.Layers.Values), p => Assert.Equal(p.First.Scales, p.Second.Scales));
        Assert.All(problem.Start.Vectors.Values.Zip(same.Start.Vectors.Values), p => Assert.Equal(p.First.Values, p.Second.Values));
    }

    [Fact]
    public void A_shuffled_order_takes_every_sequence_once_an_epoch_and_is_another_one_each_time()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], Taken(SequenceOrder.Given, seed: 1));
        int[] taken = Taken(SequenceOrder.Shuffled, seed: 1);
        Assert.All(taken.Chunk(6), epoch => Assert.Equal([0, 1, 2, 3, 4, 5], epoch.Order()));
        Assert.NotEqual(taken[..6], taken[6..]);
        Assert.Equal(taken, Taken(SequenceOrder.Shuffled, seed: 1));
        Assert.NotEqual(taken, Taken(SequenceOrder.Shuffled, seed: 2));

        static int[] Taken(SequenceOrder order, ulong seed)
        {
            BlockTrainingProblem problem = TrainingProblems.Create(sequences: 6);
            var watched = new WatchedSamples(problem.Training);
            Run(problem with { Training = watched, OrderSeed = seed }, Quick with { Epochs = 2, Order = order });
            return [.. watched.Taken];
        }
    }

    [Fact]
    public void A_relative_loss_is_Adam_with_epsilon_and_decay_in_units_of_the_targets_energy()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        var samples = (Samples)problem.Training;
        // What does not count has no part in the energy either.
        bool[][] masks = [.. samples.Inputs.Select(x => Enumerable.Range(0, x.Length / samples.Width).Select(t => t % 3 != 1).ToArray())];
        float[][] targets = [.. samples.Targets.Select(x => x.Select((value, i) => i / samples.Width % 3 == 1 ? 1e3f : value).ToArray())];
        problem = problem with { Training = samples with { Masks = masks, Targets = targets } };
        double energy = targets.SelectMany(x => x.Where((_, i) => i / samples.Width % 3 != 1)).Average(value => (double)value * value);
        Assert.NotInRange(energy, 0.8, 1.2);
        BlockMinimisationOptions absolute = Quick with { Adam = new() { Epsilon = 0.02 * energy, WeightDecay = 0.01 * energy } };
        BlockMinimisationOptions relative = Quick with { Loss = TrainingLoss.Relative, Adam = new() { Epsilon = 0.02, WeightDecay = 0.01 } };
        BlockTrainingResult expected = Run(problem, absolute), result = Run(problem, relative);
        AssertNear(expected.Report.EpochLosses, result.Report.EpochLosses, 1e-3);
        Assert.Equal(expected.Report.HeldOutAfter!.Value, result.Report.HeldOutAfter!.Value, 1e-3 * expected.Report.HeldOutAfter!.Value);
        BlockTrainingReport other = Run(problem, relative with { Loss = TrainingLoss.MeanSquared }).Report;
        Assert.NotInRange(other.EpochLosses[^1] / result.Report.EpochLosses[^1], 0.99, 1.01);

        static void AssertNear(IReadOnlyList<double> expected, IReadOnlyList<double> values, double tolerance) =>
            Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, tolerance * pair.First));
    }

    [Fact]
    public void A_target_of_zeros_is_trained_towards_by_its_plain_error()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(heldOut: 0);
        var samples = (Samples)problem.Training;
        problem = problem with { Training = samples with { Targets = [.. samples.Targets.Select(x => new float[x.Length])] } };
        AssertSame(Run(problem, Quick), Run(problem, Quick with { Loss = TrainingLoss.Relative }));
    }

    [Fact]
    public void Scales_offsets_and_norms_have_rates_of_their_own_and_at_0_stay()
    {
        BlockTrainingProblem problem = TrainingProblems.Create(heldOut: 0);
        foreach ((bool scales, bool offsets, bool norms) in new[] { (true, false, false), (false, true, false), (false, false, true) })
        {
            BlockParameters trained = Run(
                problem, Quick with { ScaleRate = scales ? 2 : 0, OffsetRate = offsets ? 0.5 : 0, NormRate = norms ? 1 : 0 }).Parameters;
            Assert.All(trained.Layers, l => Assert.Equal(!scales, problem.Start.Layers[l.Key].Scales.AsSpan().SequenceEqual(l.Value.Scales)));
            Assert.All(trained.Layers, l => Assert.Equal(!offsets && !scales, problem.Start.Layers[l.Key].Offsets.AsSpan().SequenceEqual(l.Value.Offsets)));
            Assert.All(trained.Vectors, v => Assert.Equal(!norms, problem.Start.Vectors[v.Key].Values.AsSpan().SequenceEqual(v.Value.Values)));
        }
        AssertSame(Run(problem, Quick), Run(problem, Quick with { ScaleRate = 1, OffsetRate = 1, NormRate = 1 }));
    }

    [Fact]
    public void A_cosine_schedule_goes_from_the_whole_rate_to_almost_none()
    {
        BlockMinimisationOptions options = Quick with { Schedule = LearningRateSchedule.Cosine };
        double[] rates = [.. Enumerable.Range(0, 100).Select(step => options.RateAt(step, 100) / options.LearningRate)];
        Assert.Equal(1, rates[0]);
        Assert.Equal(0.5, rates[50], 1e-12);
        Assert.Equal(Math.Pow(Math.Cos(Math.PI * 0.99 / 2), 2), rates[99], 1e-12);
        Assert.Equal(rates.OrderDescending(), rates);
        Assert.Equal(options.LearningRate, Quick.RateAt(99, 100));
    }

    [Fact]
    public void With_a_cosine_schedule_the_loss_ends_lower_at_a_rate_that_is_too_high()
    {
        // The rate keeps a constant schedule jumping about the minimum.
        BlockTrainingProblem problem = TrainingProblems.Create();
        BlockMinimisationOptions high = Quick with { Epochs = 60, LearningRate = 2e-2 };
        double constant = Run(problem, high).Report.EpochLosses[^1];
        double cosine = Run(problem, high with { Schedule = LearningRateSchedule.Cosine }).Report.EpochLosses[^1];
        Assert.True(cosine < 0.9 * constant, $"{constant} and {cosine}");
    }

    [Fact]
    public void Activations_that_are_not_finite_are_an_error_that_names_the_block()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        ((Samples)problem.HeldOut!).Inputs[1][5] = float.NaN;
        Assert.Equal("layers.0", Assert.Throws<DecoupleQException>(() => Run(problem, Quick)).Field);
        problem = TrainingProblems.Create(heldOut: 0);
        ((Samples)problem.Training).Inputs[0][5] = float.PositiveInfinity;
        Assert.Equal("layers.0", Assert.Throws<DecoupleQException>(() => Run(problem, Quick)).Field);
    }

    [Fact]
    public void Options_out_of_range_and_missing_layers_are_refused()
    {
        BlockTrainingProblem problem = TrainingProblems.Create();
        Assert.Equal("LearningRate", Assert.Throws<DecoupleQException>(() => Run(problem, Quick with { LearningRate = 0 })).Field);
        Assert.Equal("Order", Assert.Throws<DecoupleQException>(() => Run(problem, Quick with { Order = (SequenceOrder)9 })).Field);
        Assert.Equal("Target", Assert.Throws<DecoupleQException>(() => Run(problem, Quick with { Target = (TrainingTarget)9 })).Field);
        Assert.Equal("Schedule", Assert.Throws<DecoupleQException>(() => Run(problem, Quick with { Schedule = (LearningRateSchedule)9 })).Field);
        Assert.Equal("Epochs", Assert.Throws<DecoupleQException>(() => Run(problem, Quick with { Epochs = -1 })).Field);
        BlockTrainingProblem partial = problem with { Start = problem.Start with { Layers = problem.Start.Layers.Skip(1).ToDictionary() } };
        Assert.Throws<ArgumentException>(() => Run(partial, Quick));
    }

    private static BlockTrainingResult Run(
        BlockTrainingProblem problem,
        BlockMinimisationOptions options,
        int threads = 2,
        IProgress<BlockTrainingProgress>? progress = null,
        CancellationToken? cancellationToken = null)
    {
        using var workers = new Workers(threads);
        return BlockMinimisation.Run(problem, options, workers, progress, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Notes which sequences are read.</summary>
    private sealed class WatchedSamples(IBlockSamples samples) : IBlockSamples
    {
        public List<int> Taken { get; } = [];

        public int Count => samples.Count;

        public int Tokens(int sequence) => samples.Tokens(sequence);

        public void ReadInputs(int sequence, Span<float> inputs)
        {
            Taken.Add(sequence);
            samples.ReadInputs(sequence, inputs);
        }

        public void ReadTargets(int sequence, Span<float> targets) => samples.ReadTargets(sequence, targets);

        public ReadOnlySpan<bool> Counted(int sequence) => samples.Counted(sequence);
    }

    private static void AssertSame(BlockTrainingResult expected, BlockTrainingResult actual)
    {
        Assert.True(expected.Report.Kept);
        Assert.Equal(expected.Report.HeldOutAfter, actual.Report.HeldOutAfter);
        Assert.Equal(expected.Report.EpochLosses, actual.Report.EpochLosses);
        foreach ((LinearOperation layer, LayerSolution solution) in expected.Parameters.Layers)
        {
            Assert.Equal(solution.Scales, actual.Parameters.Layers.Single(l => l.Key.Module == layer.Module).Value.Scales);
            Assert.Equal(solution.Offsets, actual.Parameters.Layers.Single(l => l.Key.Module == layer.Module).Value.Offsets);
        }
        Assert.Equal(expected.Parameters.Vectors.Values.Select(v => v.Values), actual.Parameters.Vectors.Values.Select(v => v.Values));
    }
}
