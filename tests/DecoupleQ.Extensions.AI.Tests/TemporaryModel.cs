using DecoupleQ.Testing;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>A folder with a copy of the sample model, which is removed again.</summary>
internal sealed class TemporaryModel : IDisposable
{
    private TemporaryModel()
    {
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("decoupleq-").FullName;

    /// <summary>One that says how a text becomes one vector: the mean, of length 1.</summary>
    public static TemporaryModel OfEmbeddings()
    {
        var model = new TemporaryModel();
        foreach (string file in Directory.EnumerateFiles(Paths.Model))
        {
            File.Copy(file, System.IO.Path.Combine(model.Path, System.IO.Path.GetFileName(file)));
        }
        Directory.CreateDirectory(System.IO.Path.Combine(model.Path, "1_Pooling"));
        File.WriteAllText(System.IO.Path.Combine(model.Path, "1_Pooling", "config.json"), """{"pooling_mode_mean_tokens": true}""");
        File.WriteAllText(
            System.IO.Path.Combine(model.Path, "modules.json"),
            """
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
             {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
             {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
            """);
        return model;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
