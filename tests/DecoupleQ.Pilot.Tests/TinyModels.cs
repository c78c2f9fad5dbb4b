using DecoupleQ.Models;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests;

/// <summary>A tiny random model with a vocabulary of words, and the same in 2 bits: one folder for all tests of a class.</summary>
public sealed class TinyModels : IDisposable
{
    /// <summary>Ids of a window.</summary>
    public const int Context = 24;

    private readonly TemporaryFolder _folder = new();

    public TinyModels()
    {
        DenseFolder = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        PackedFolderPath = PackedFolder.Write(DenseFolder, _folder["packed"], bits: 2, groupSize: 32);
        Dense = LanguageModel.Load(DenseFolder, new() { Threads = 2 });
        Packed = LanguageModel.Load(PackedFolderPath, new() { Threads = 2 });
        TestSet test = TestSet.Read(Dense.Tokenizer, [Text], new() { Context = Context, MaxWindows = 12 }, calibration: null);
        Windows = test.Judge;
    }

    /// <summary>A file of text.</summary>
    public static string Text { get; } = Path.Combine(Paths.Samples, "text", "validation.txt");

    public string DenseFolder { get; }

    public string PackedFolderPath { get; }

    public LanguageModel Dense { get; }

    public LanguageModel Packed { get; }

    /// <summary>Twelve windows.</summary>
    public IReadOnlyList<TestWindow> Windows { get; }

    public void Dispose()
    {
        Dense.Dispose();
        Packed.Dispose();
        _folder.Dispose();
    }
}
