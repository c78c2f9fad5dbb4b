namespace DecoupleQ.Evaluation.Metrics;

/// <summary>What an answer is worth.</summary>
/// <param name="Score">From 0 to 1.</param>
/// <param name="IsRight">Whether it counts as right.</param>
internal readonly record struct Judgement(double Score, bool IsRight)
{
    /// <summary>Right or wrong, nothing between.</summary>
    public static Judgement Of(bool isRight) => new(isRight ? 1 : 0, isRight);
}

/// <summary>Judges answers to one question.</summary>
internal abstract class TextMetric
{
    /// <summary>What an answer is worth.</summary>
    public abstract Judgement Judge(string answer);
}
