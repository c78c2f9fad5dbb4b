using System.Collections.Immutable;

namespace DecoupleQ.Models.Architectures;

/// <summary>What a family's config means where it leaves a field out, and the activation that the family has. The initial values are Llama's.</summary>
internal sealed record DecoderDefaults
{
    /// <summary>The field that names the activation of the feed-forward.</summary>
    public string ActivationField { get; init; } = "hidden_act";

    /// <summary>The names of the one that is supported; the first where the field is left out.</summary>
    public ImmutableArray<string> Activation { get; init; } = ["silu", "swish"];

    public double NormEpsilon { get; init; } = 1e-6;

    public int ContextLength { get; init; } = 2048;

    public bool TiedEmbedding { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RotaryTheta { get; init; } = 10000;
}
