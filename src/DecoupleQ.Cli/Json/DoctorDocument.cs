using DecoupleQ.Hardware;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="Machine">What the tool runs on.</param>
/// <param name="Speed">How fast that is.</param>
/// <param name="EstimatedCores">Cores that the models are reckoned for.</param>
/// <param name="Models">Estimates: what to expect of the model asked about, or of usual shapes.</param>
/// <param name="Warnings">What makes it slower than it could be, or too small, and what the files of a model contradict each other in.</param>
internal sealed record DoctorDocument(
    DoctorDocument.MachineFigures Machine, SpeedFigures Speed, int EstimatedCores, IReadOnlyList<DoctorDocument.Model> Models, IReadOnlyList<string> Warnings)
{
    public static DoctorDocument From(
        MachineDescription machine, MachineSpeed speed, int estimatedCores, IEnumerable<ModelOutlook> models, IReadOnlyList<string> warnings) => new(
        new(
            machine.OperatingSystem,
            machine.Architecture,
            machine.Runtime,
            machine.Cores,
            machine.Threads,
            [.. machine.InstructionSets.Select(set => new Instructions(set.Name, set.Supported, set.Used))],
            machine.Kernels,
            new(machine.Memory.TotalBytes, machine.Memory.AvailableBytes, machine.Memory.ContainerLimitBytes, machine.Memory.HeapLimitBytes)),
        SpeedFigures.From(speed),
        estimatedCores,
        [.. models.Select(Model.From)],
        warnings);

    /// <param name="OperatingSystem">Name and version.</param>
    /// <param name="Architecture">Of the process.</param>
    /// <param name="Runtime">.NET and its version.</param>
    /// <param name="Cores">Logical cores.</param>
    /// <param name="Threads">Threads used where none are asked for.</param>
    /// <param name="InstructionSets">Vector instructions.</param>
    /// <param name="Kernels">The family of kernels in use.</param>
    /// <param name="Memory">Memory.</param>
    internal sealed record MachineFigures(
        string OperatingSystem,
        string Architecture,
        string Runtime,
        int Cores,
        int Threads,
        IReadOnlyList<Instructions> InstructionSets,
        string Kernels,
        InstalledMemory Memory);

    internal sealed record Instructions(string Name, bool Supported, bool Used);

    internal sealed record InstalledMemory(long TotalBytes, long AvailableBytes, long? ContainerLimitBytes, long HeapLimitBytes);

    /// <param name="Name">Path, or the name of a usual shape.</param>
    /// <param name="Parameters">Weights.</param>
    /// <param name="Dense">As stored, or in 16 bits; absent for a packed model.</param>
    /// <param name="Packed">In 2 bits, groups of 64, or as it is packed.</param>
    /// <param name="PrefillTokensPerSecond">Tokens of a prompt a second.</param>
    /// <param name="SuggestedBits">Bits to begin with at this size; absent for a packed model.</param>
    /// <param name="Quantization">With the default settings; absent for a packed model.</param>
    /// <param name="Fast">With the preset fast; absent for a packed model.</param>
    internal sealed record Model(
        string Name,
        long Parameters,
        Form? Dense,
        Form Packed,
        double PrefillTokensPerSecond,
        int? SuggestedBits,
        Effort? Quantization,
        Effort? Fast)
    {
        public static Model From(ModelOutlook outlook) => new(
            outlook.Name,
            outlook.Parameters,
            outlook.Dense is FormOutlook dense ? Form.From(dense) : null,
            Form.From(outlook.Packed),
            outlook.PrefillTokensPerSecond,
            outlook.SuggestedBits,
            Of(outlook.Quantization),
            Of(outlook.Fast));

        private static Effort? Of(QuantizationOutlook? job) => job is null ? null : new(job.Seconds, job.PeakMemoryBytes, job.DiskBytes);
    }

    internal sealed record Form(long Bytes, long MemoryBytes, double DecodeTokensPerSecond)
    {
        public static Form From(FormOutlook form) => new(form.Bytes, form.MemoryBytes, form.DecodeTokensPerSecond);
    }

    internal sealed record Effort(double Seconds, long PeakMemoryBytes, long DiskBytes);
}
