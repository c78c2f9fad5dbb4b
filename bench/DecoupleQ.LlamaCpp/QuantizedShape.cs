using DecoupleQ.Bench;
using LLama;
using LLama.Native;

namespace DecoupleQ.LlamaCpp;

/// <summary>The 1.1B Llama's shape in llama.cpp's own mixtures of block formats.</summary>
internal static class QuantizedShape
{
    /// <summary>Writes SHAPE-F16.gguf into <paramref name="folder"/>, and of it SHAPE-TYPE.gguf for each type; what is there is kept.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="types">llama.cpp's names, as in <c>Q4_K_M</c>.</param>
    /// <param name="threads">Threads of the quantizer.</param>
    /// <returns>The paths of the quantized files.</returns>
    public static string[] Write(string folder, IEnumerable<string> types, int threads)
    {
        // The quantizer does not load the native library by itself.
        NativeApi.llama_empty_call();
        string dense = Path.Combine(folder, "llama-1.1b-F16.gguf");
        Once(dense, GgufShape.Write);
        return
        [
            .. types.Select(type =>
            {
                string path = Path.Combine(folder, $"llama-1.1b-{type}.gguf");
                Once(path, unfinished =>
                {
                    LLamaFtype mixture = Enum.Parse<LLamaFtype>("MOSTLY_" + type);
                    if (!LLamaQuantizer.Quantize(dense, unfinished, mixture, threads, allowRequantize: false, quantizeOutputTensor: true))
                    {
                        throw new InvalidOperationException($"llama.cpp cannot make {type} of {dense}.");
                    }
                });
                return path;
            }),
        ];
    }

    private static void Once(string path, Action<string> write)
    {
        if (!File.Exists(path))
        {
            string unfinished = path + ".unfinished";
            write(unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
    }
}
