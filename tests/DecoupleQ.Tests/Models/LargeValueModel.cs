using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>A tiny model in which one token, and no other, has a very large value in one block's attention.</summary>
internal static class LargeValueModel
{
    private const int Width = 64, HeadSize = 16, FeedForward = 160, Channel = 5;

    /// <summary>The model that it is made of.</summary>
    public static string Original => Paths.Golden("golden", "tiny", "tiny-llama-spm");

    /// <summary>Writes it.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="token">The token: the only one with anything in a channel of the embedding, to which no block before the last adds.</param>
    /// <param name="block">0 or 1: the block in which the weight of the values has that channel's factor.</param>
    /// <param name="factor">The factor. The token's value is eight times as large; what the block adds is divided by a million.</param>
    public static void Write(string folder, int token, int block, float factor)
    {
        var changes = new Dictionary<string, Action<float[]>>
        {
            ["model.embed_tokens.weight"] = embedding =>
            {
                for (int at = Channel; at < embedding.Length; at += Width)
                {
                    embedding[at] = 0;
                }
                embedding.AsSpan(token * Width, Width).Clear();
                embedding[(token * Width) + Channel] = 1000;
            },
            [$"model.layers.{block}.self_attn.v_proj.weight"] = values => values[Channel] = factor,
            [$"model.layers.{block}.self_attn.o_proj.weight"] = outputs =>
            {
                for (int at = 0; at < outputs.Length; at += Width)
                {
                    // The first two heads read the changed value.
                    outputs[at] *= 1e-6f;
                    outputs[at + HeadSize] *= 1e-6f;
                }
            },
        };
        if (block == 1)
        {
            changes["model.layers.0.self_attn.o_proj.weight"] = outputs => outputs.AsSpan(Channel * Width, Width).Clear();
            changes["model.layers.0.mlp.down_proj.weight"] = outputs => outputs.AsSpan(Channel * FeedForward, FeedForward).Clear();
        }
        ChangedModel.Write(folder, Original, changes);
    }
}
