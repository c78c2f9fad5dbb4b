using DecoupleQ.Checkpoints;
using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>The time of a job: its work by phase over the machine's speed, and what is read and written.</summary>
internal static class JobTime
{
    // Until the runtime has compiled a phase's code, and compiled what is used most once more, it runs slowly. Measured on short jobs.
    private const double GenerateStart = 0.5;
    private const double ForwardStart = 0.6;
    private const double HessianStart = 0.1;
    private const double SolveStart = 0.5;
    private const double MinimiseStart = 0.4;
    private const double LoadStart = 0.15;

    // A disk that takes what it is sent at a few hundred megabytes a second and forces it out in some milliseconds.
    private const double WriteBytesPerSecond = 300e6;
    private const double SecondsPerFile = 0.005;

    // Of the matrix that is read as a sample, about.
    private const int SampleElements = 2 << 20;

    /// <summary>Seconds by phase.</summary>
    /// <param name="input">The job.</param>
    /// <param name="finished">Blocks that are not done again.</param>
    /// <param name="speed">The machine.</param>
    /// <param name="loading">Seconds that opening the model and making the calibration windows took just now.</param>
    /// <param name="folderBytes">Bytes that are written.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static PhaseSeconds Of(JobInput input, int finished, MachineSpeed speed, double loading, long folderBytes, CancellationToken cancellationToken)
    {
        var work = new PhaseWork();
        foreach ((int block, PhaseWork ofBlock) in input.Cost.Blocks(input.Plan, input.Blocks).Index())
        {
            if (block < finished)
            {
                work[Phase.Forward] += input.Cost.Resume(input.Plan, block, input.Blocks);
            }
            else
            {
                work.Add(ofBlock);
            }
        }
        work[Phase.Generate] = finished > 0 ? 0 : input.Cost.Generate(input.Plan, input.Windows.Unwritten.Count);
        int files = input.Plan.Blocks.Length + 1 + (2 * input.Blocks) + 6;
        double write = (folderBytes / WriteBytesPerSecond) + (files * SecondsPerFile);
        return Of(work, speed, LoadStart + loading + Reading(input, finished, cancellationToken), write);
    }

    /// <summary>Seconds by phase, from work alone.</summary>
    public static PhaseSeconds Of(PhaseWork work, MachineSpeed speed, double load, double write)
    {
        double generate = Seconds(Phase.Generate, GenerateStart);
        double forward = Seconds(Phase.Forward, ForwardStart), hessian = Seconds(Phase.Hessian, HessianStart);
        double solve = Seconds(Phase.Solve, SolveStart), minimise = Seconds(Phase.Minimise, MinimiseStart);
        return new PhaseSeconds(load, generate, forward, hessian, solve, minimise, write, load + generate + forward + hessian + solve + minimise + write);

        double Seconds(Phase phase, double start) => work[phase] == 0 ? 0 : start + (2 * work[phase] / speed.ProductOperationsPerSecond);
    }

    // Everything is read once for the fingerprint; the weights of a block once for its layers, and once more each time that it runs as it is.
    private static double Reading(JobInput input, int finished, CancellationToken cancellationToken)
    {
        double all = input.Checkpoint.Tensors.Values.Sum(Elements), again = 0;
        for (int block = 0; block < input.Blocks; block++)
        {
            int times = block < finished ? (input.Cost.Continues(block) ? 1 : 0) : 1 + input.Cost.DenseReads(block);
            again += (double)input.Plan.Blocks[block].Parameters * times;
        }
        TensorInfo sample = input.Checkpoint.Tensors.Values.Where(t => t.Shape.Count == 2)
            .OrderBy(t => Math.Abs(Elements(t) - SampleElements))
            .ThenBy(t => t.Name, StringComparer.Ordinal)
            .First();
        using var stream = new DigestingStream();
        double hashing = Timing.BestOfSteps(1, _ => input.Checkpoint.CopyTensor(sample.Name, stream, cancellationToken), seconds: 0) / Elements(sample);
        double reading = Timing.BestOfSteps(1, _ => input.Checkpoint.Source.ReadMatrix(sample.Name), seconds: 0) / Elements(sample);
        return (all * hashing) + (again * reading);
    }

    private static double Elements(TensorInfo tensor) => tensor.Shape.Aggregate(1.0, (product, size) => product * size);
}
