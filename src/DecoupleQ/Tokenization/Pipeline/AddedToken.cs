namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>A token that is found in the text itself, before the model sees it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
internal sealed record AddedToken(string Content, int Id)
{
    /// <summary>It is a control token: text like any other under <see cref="SpecialTokens.AsText"/>, and left out of decoded text.</summary>
    public bool Special { get; init; }

    /// <summary>It is looked for in the normalized text; otherwise in the text as it came.</summary>
    public bool Normalized { get; init; }

    /// <summary>It counts only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>It takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>It takes the white space after it.</summary>
    public bool StripsRight { get; init; }
}
