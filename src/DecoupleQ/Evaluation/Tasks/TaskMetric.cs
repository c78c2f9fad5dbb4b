namespace DecoupleQ.Evaluation.Tasks;

/// <summary>How answers to a task are judged.</summary>
public enum TaskMetric
{
    /// <summary>The answer is one of the accepted texts, but for white space around it.</summary>
    Exact,

    /// <summary>The answer holds one of the accepted texts as whole words, whatever the case.</summary>
    Contains,

    /// <summary>Nothing is written: of several given answers the right one is the most probable.</summary>
    Choice,

    /// <summary>One of the patterns matches the answer somewhere.</summary>
    Regex,

    /// <summary>The last number of the answer is one of the accepted ones.</summary>
    Number,

    /// <summary>How much of the words of an accepted text the answer has in their order: ROUGE-L.</summary>
    RougeL,

    /// <summary>The first JSON object in the answer has the expected fields.</summary>
    JsonFields,
}

/// <summary>What the metrics take besides their texts.</summary>
public sealed record TaskMetricOptions
{
    /// <summary>Values of <see cref="Tolerance"/>.</summary>
    public static OptionRange<double> ToleranceRange => OptionRange.Share;

    /// <summary>Values of <see cref="RightFrom"/>.</summary>
    public static OptionRange<double> RightFromRange { get; } = OptionRange.Real("a number above 0, at most 1", value => value is > 0 and <= 1);

    /// <summary>
    /// Of <see cref="TaskMetric.Number"/>: the most that an answer may differ by, as a share of the expected number (of 0, the most itself). Default 1e-6.
    /// </summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>Of <see cref="TaskMetric.RougeL"/>: the score from which on an answer counts as right. Default 0.5.</summary>
    public double RightFrom { get; init; } = 0.5;

    /// <summary>
    /// Of <see cref="TaskMetric.Choice"/>: what stands between a prompt and a choice. Default a blank; none for scripts without blanks. Nothing stands between
    /// a conversation and a choice.
    /// </summary>
    public string Delimiter { get; init; } = " ";

    /// <summary>The options, if each is in its range.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="DecoupleQException">One is not; it is named.</exception>
    public TaskMetricOptions Checked()
    {
        ToleranceRange.Require(Tolerance, nameof(Tolerance));
        RightFromRange.Require(RightFrom, nameof(RightFrom));
        ArgumentNullException.ThrowIfNull(Delimiter);
        return this;
    }
}
