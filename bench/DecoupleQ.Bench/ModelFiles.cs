namespace DecoupleQ.Bench;

/// <summary>The files of a model that is measured.</summary>
internal static class ModelFiles
{
    /// <summary>Bytes of its weights: of a GGUF file, or of a folder's safetensors.</summary>
    public static long WeightBytes(string path) =>
        File.Exists(path) ? new FileInfo(path).Length : new DirectoryInfo(path).EnumerateFiles("*.safetensors").Sum(file => file.Length);
}
