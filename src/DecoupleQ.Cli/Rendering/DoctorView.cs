using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What the tool runs on and what to expect of it, for people.</summary>
internal static class DoctorView
{
    public static void Write(IAnsiConsole console, DoctorDocument document)
    {
        console.Write(Machine(document));
        foreach (DoctorDocument.Model model in document.Models)
        {
            console.Write(Model(model));
        }
        console.Write(new Text(
            $"Models: estimates for {(document.EstimatedCores == 1 ? "1 core" : $"{Figures.Count(document.EstimatedCores)} cores")} " +
            "of this machine's kind, from its speed "
                + "just now. Time may be off by a factor of 2.\n"));
        foreach (string warning in document.Warnings)
        {
            console.Write(new Text($"Warning: {warning}\n", new Style(foreground: Color.Yellow)));
        }
    }

    private static Table Machine(DoctorDocument document)
    {
        DoctorDocument.MachineFigures machine = document.Machine;
        Table table = Tables.Create("Machine", "Value");
        table.Row("operating system", $"{machine.OperatingSystem}, {machine.Architecture}");
        table.Row("runtime", machine.Runtime);
        table.Row("cores", Figures.Count(machine.Cores));
        table.Row("threads, by default", Figures.Count(machine.Threads));
        table.Row("instruction sets", string.Join(", ", machine.InstructionSets.Select(set => set.Supported ? set.Name : $"no {set.Name}")));
        table.Row("kernels", machine.Kernels);
        table.Row("memory", Figures.Size(machine.Memory.TotalBytes));
        table.Row("memory available", Figures.Size(machine.Memory.AvailableBytes));
        if (machine.Memory.ContainerLimitBytes is long limit)
        {
            table.Row("container's limit", Figures.Size(limit));
        }
        table.Row(".NET heap, at most", Figures.Size(machine.Memory.HeapLimitBytes));
        table.Row($"matrix product, {document.Speed.Threads} threads", Figures.Operations(document.Speed.ProductOperationsPerSecond));
        table.Row($"read bandwidth, {document.Speed.Threads} threads", Figures.Bandwidth(document.Speed.ReadBytesPerSecond));
        return table;
    }

    private static Table Model(DoctorDocument.Model model)
    {
        Table table = Tables.Create($"{model.Name}, {Figures.Count(model.Parameters)} weights", "Dense", model.Dense is null ? "Packed" : "2 bits");
        Row("size", form => Figures.Size(form.Bytes));
        Row("memory when loaded", form => Figures.Size(form.MemoryBytes));
        Row("decode", form => Figures.Rate(form.DecodeTokensPerSecond));
        table.Row("prefill", model.Dense is null ? Figures.None : Figures.Rate(model.PrefillTokensPerSecond), Figures.Rate(model.PrefillTokensPerSecond));
        if (model.SuggestedBits is int bits)
        {
            table.Row("bits to begin with, at this size", "", bits == 4 ? "4, or 3 where size counts" : $"{bits}, groups of 64");
        }
        if (model is { Quantization: { } job, Fast: { } fast })
        {
            table.Row("time to quantize", "", Figures.About(TimeSpan.FromSeconds(job.Seconds)));
            table.Row("time to quantize, --preset fast", "", Figures.About(TimeSpan.FromSeconds(fast.Seconds)));
            table.Row("memory to quantize", "", Figures.Size(job.PeakMemoryBytes));
            table.Row("memory to quantize, --preset fast", "", Figures.Size(fast.PeakMemoryBytes));
            table.Row("disk to quantize", "", Figures.Size(job.DiskBytes));
        }
        return table;

        void Row(string name, Func<DoctorDocument.Form, string> figure) =>
            table.Row(name, model.Dense is { } dense ? figure(dense) : Figures.None, figure(model.Packed));
    }
}
