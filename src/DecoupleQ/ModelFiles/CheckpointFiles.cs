using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Storage;

namespace DecoupleQ.ModelFiles;

/// <summary>Opens a model's config and weights, whatever files they are in.</summary>
public static class CheckpointFiles
{
    /// <summary>Opens a model. All of its headers are validated; weights are not read yet.</summary>
    /// <param name="path">A Hugging Face folder (safetensors), dense or packed by decoupleq or mlx-lm, or a GGUF file.</param>
    /// <param name="access">How weights are brought into memory.</param>
    /// <exception cref="DecoupleQException">A file is missing, damaged or not supported; it says which and why.</exception>
    public static Checkpoint Open(string path, TensorAccess access = TensorAccess.Mapped)
    {
        OptionRange.Named<TensorAccess>().Require(access, nameof(access));
        if (File.Exists(path))
        {
            return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
                ? throw new DecoupleQException("This is a file of tensors, not a model.", path, expected: "the folder that it is in, with config.json")
                : GgufCheckpoint.Open(path, access);
        }
        if (!Directory.Exists(path))
        {
            throw new DecoupleQException(
                "There is no such file or folder.", path, expected: "a model's folder, with config.json and safetensors, or a .gguf file");
        }
        string configFile = Path.Combine(path, "config.json");
        JsonObject config = JsonFile.Read(configFile);
        SafetensorsFolder source = SafetensorsFolder.Open(path, access);
        try
        {
            return new Checkpoint(path, source, config, configFile);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
