using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests.Measurements;

/// <summary>The sample model in 2 bits, made in a second or two: what it is worth does not matter here.</summary>
public sealed class PackedBooks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("decoupleq-");

    public PackedBooks() => QuantizationJob.Run(Preset.Fast.ApplyTo(new QuantizationOptions
    {
        Model = Paths.Model,
        Output = Folder,
        Calibration = [Path.Combine(Paths.Samples, "text", "validation.txt")],
        Format = new QuantizationFormat(2, 64),
        Samples = 2,
        Context = 64,
    }));

    public string Folder => Path.Combine(_folder.FullName, "packed");

    public void Dispose() => _folder.Delete(recursive: true);
}

[CollectionDefinition(nameof(PackedBooks))]
public sealed class PackedBooksCollection : ICollectionFixture<PackedBooks>;
