namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>A token that stands outside the learned vocabulary: a control token, or one added later.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">Whether decoding leaves it out.</param>
/// <param name="StripLeft">Whether, where it is recognised, white space before it belongs to it.</param>
/// <param name="StripRight">Whether, where it is recognised, white space after it belongs to it.</param>
/// <param name="SingleWord">Whether it is recognised only where no word character touches it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text; otherwise in the text as it came.</param>
internal sealed record AddedToken(
    string Text, int Id, bool IsSpecial = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false, bool Normalized = false);
