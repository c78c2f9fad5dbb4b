namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Errors of what is asked for and cannot be.</summary>
internal static class Refusal
{
    /// <summary>Refuses something that would change the answer and cannot.</summary>
    /// <param name="field">The property, as <c>Tools[0]</c>.</param>
    /// <param name="problem">What is wrong, in a sentence.</param>
    /// <param name="expected">What would do.</param>
    public static DecoupleQException Of(string field, string problem, string expected) => new(problem, field: field, expected: expected);

    /// <summary>Refuses a model that is another one.</summary>
    /// <param name="asked">The model that is asked for; null for this one.</param>
    /// <param name="name">This one's name.</param>
    public static void OtherModel(string? asked, string name)
    {
        if (asked is not null && asked != name)
        {
            throw Of("ModelId", $"There is no model '{asked}' here.", $"'{name}', or null");
        }
    }
}
