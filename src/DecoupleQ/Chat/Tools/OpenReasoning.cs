namespace DecoupleQ.Chat.Tools;

/// <summary>Prompts that open the model's reasoning, as the templates of models do that always reason.</summary>
public static class OpenReasoning
{
    /// <summary>
    /// Whether a prompt ends with <c>&lt;think&gt;</c>, perhaps with blanks after it: the answer then begins within the reasoning. What somebody said in the
    /// conversation opens none.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    public static bool IsAtEndOf(ChatPrompt prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int end = prompt.Text.AsSpan().TrimEnd().Length, start = end - AnswerReader.ReasoningStart.Length;
        return start >= 0
            && prompt.Text.AsSpan(start..end).SequenceEqual(AnswerReader.ReasoningStart)
            && !prompt.Given.Any(given => given.GetOffsetAndLength(prompt.Text.Length) is var (at, length) && at < end && at + length > start);
    }
}
