namespace DecoupleQ.Reports.Wording;

/// <summary>In English.</summary>
internal static class EnglishPilotWords
{
    public static PilotWords Words { get; } = new()
    {
        Numbers = EnglishNumberWords.Words,
        Page = EnglishPageWords.Words,
        Summary = EnglishSummaryWords.Words,
        Details = EnglishDetailWords.Words,
        Names = EnglishNameWords.Words,
        Method =
        [
            (
                "Quantizing",
                "Post-training quantization (PTQ): the weights of the linear layers become integers of a few bits with scales and offsets, which are fitted to "
                + "the layers’ outputs on calibration data. The model is not trained again."),
            (
                "Perplexity",
                "Perplexity is e to the mean loss of the tokens that a model predicts, over windows of the test text; both models read the same "
                + "windows. The increase is the quotient of the two less 1."),
            (
                "KL divergence and agreement",
                "At every position the two distributions of the next token are compared: KL(dense || quantized) in nats, and whether both have "
                + "the same most probable token."),
            (
                "Intervals",
                "95 % intervals are bootstrapped over windows or items, studentised, as percentiles are too narrow of few: 1,000 samples of as many, "
                + "drawn with replacement, always the same for the same figures. Shares of right answers have Wilson’s interval, their differences "
                + "Newcombe’s, times of a token Student’s over rounds."),
            (
                "Halves",
                "The test is divided into two halves by a hash of the content. Settings are chosen on one half; the chosen one is judged on the "
                + "other, so that the choice does not flatter it. Text that also occurs in the calibration data (13 words in a row, or 26 "
                + "characters of Japanese, Chinese or Thai) was left out before."),
            (
                "Verdicts",
                "All limits must hold, so no correction for their number is needed. How many windows would decide follows from the width of "
                + "the interval, which falls with the square root of their number: n (w/d)², where w is the distance from the figure to the end of its "
                + "interval, and d that to the limit; how many questions is found on Newcombe’s interval itself. A setting is no better than on the half "
                + "that it was chosen on."),
            (
                "Tasks",
                "Both models answer greedily, with keys and values in 32 bits. McNemar’s exact test looks at the flips alone: where nothing has "
                + "changed, each direction is as probable as the other."),
            (
                "Speed",
                "Both models are loaded in one process and measured in turns (dense, quantized, quantized, dense ...), after rounds that are not "
                + "counted. Requests are answered as the server does, with prompts of the same length and a fixed number of tokens."),
            (
                "Memory",
                "What a process grew by with one model alone, at the most requests together. Bytes read for a token are those of the layers, of "
                + "the head and of one row of the embedding."),
            (
                "Kinds of text",
                "Each kind is held against all other texts. What chance does is seen where texts are dealt out to the kinds at random; the "
                + "largest figure of each deal is what a kind must exceed. Scripts are told by their letters, code by its look."),
            (
                "Layers",
                "The blocks of the dense model run over some test windows. For each layer with weights W and its stored W′, the error is ||X(W − "
                + "W′)ᵀ|| / ||XWᵀ|| with the dense model’s inputs X; the worst are solved anew with more bits."),
            (
                "Costs",
                "A request takes a machine its answer’s tokens over what is written at the largest number of requests that keeps the time a token, and "
                + "its prompt’s over what is read. Machines are what requests take at the busiest time, at the stated use; at least one. Both models "
                + "are measured in the same rounds; where their ratio may be 1 (99 % interval of the median), they are taken as equal, so that noise saves "
                + "nothing."),
        ],
    };
}
