using DecoupleQ.Models;

namespace DecoupleQ.Tests.Models;

public sealed class PoolingConfigTests : IDisposable
{
    private const string Pooling = "1_Pooling/config.json", Bert = "sentence_bert_config.json", Prompts = "config_sentence_transformers.json";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_changes_a_vector_is_honoured()
    {
        Assert.Null(PoolingConfig.ReadIfThere(_folder.Path));
        Write(Pooling, """{"word_embedding_dimension": 8, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true, "include_prompt": true}""");
        Assert.Equal(new PoolingConfig(DecoupleQ.Models.Pooling.Mean, Normalizes: false), PoolingConfig.ReadIfThere(_folder.Path));
        Write(Bert, """{"max_seq_length": 128, "do_lower_case": false}""");
        Write(Prompts, """{"__version__": {"torch": "2"}, "prompts": {"query": "query: "}, "default_prompt_name": null, "similarity_fn_name": "cosine"}""");
        Write("modules.json", """[{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]""");
        Assert.Equal(new PoolingConfig(DecoupleQ.Models.Pooling.Mean, Normalizes: true) { MaxTokens = 128 }, PoolingConfig.ReadIfThere(_folder.Path));
    }

    [Theory]
    [InlineData(Pooling, """{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}""", "pooling_mode_cls_token")]
    [InlineData(Pooling, """{"pooling_mode_mean_tokens": true, "pooling_mode_median": false}""", "pooling_mode_median")]
    [InlineData(Pooling, """{"pooling_mode_mean_tokens": false}""", "pooling_mode_mean_tokens")]
    [InlineData(Bert, """{"do_lower_case": true}""", "do_lower_case")]
    [InlineData(Bert, """{"max_seq_length": 0}""", "max_seq_length")]
    [InlineData(Prompts, """{"default_prompt_name": "query"}""", "default_prompt_name")]
    [InlineData(Prompts, """{"truncate_dim": 64}""", "truncate_dim")]
    [InlineData("modules.json", """[{"idx": 2, "path": "2_Dense", "type": "sentence_transformers.models.Dense"}]""", "0")]
    public void What_is_not_supported_is_refused_by_its_name(string file, string content, string field)
    {
        Write(Pooling, """{"pooling_mode_mean_tokens": true}""");
        Write(file, content);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => PoolingConfig.ReadIfThere(_folder.Path));
        Assert.Equal(Path.Combine(_folder.Path, file), error.File);
        Assert.Contains(field, error.Field, StringComparison.Ordinal);
    }

    private void Write(string file, string content)
    {
        string path = Path.Combine(_folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
