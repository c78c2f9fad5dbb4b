namespace DecoupleQ.Testing;

/// <summary>A folder with a copy of the sample model, which is removed again.</summary>
internal sealed class TemporaryModel : IDisposable
{
    private TemporaryModel()
    {
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("decoupleq-").FullName;

    /// <summary>One that says how a text becomes one vector, in the files of sentence-transformers: the mean, of length 1.</summary>
    /// <param name="original">The folder of the sample model.</param>
    public static TemporaryModel OfEmbeddings(string original)
    {
        var model = new TemporaryModel();
        foreach (string file in Directory.EnumerateFiles(original))
        {
            File.Copy(file, System.IO.Path.Combine(model.Path, System.IO.Path.GetFileName(file)));
        }
        Directory.CreateDirectory(System.IO.Path.Combine(model.Path, "1_Pooling"));
        model.Write(
            System.IO.Path.Combine("1_Pooling", "config.json"),
            """
            {"word_embedding_dimension": 256, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false,
             "pooling_mode_mean_sqrt_len_tokens": false, "pooling_mode_weightedmean_tokens": false, "pooling_mode_lasttoken": false, "include_prompt": true}
            """);
        model.Write(
            "modules.json",
            """
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
             {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
             {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
            """);
        model.Write("config_sentence_transformers.json", """{"prompts": {}, "default_prompt_name": null, "similarity_fn_name": "cosine"}""");
        return model;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(Path, file), text);
}
