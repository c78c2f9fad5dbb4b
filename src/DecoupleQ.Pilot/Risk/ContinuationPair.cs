namespace DecoupleQ.Pilot.Risk;

/// <summary>Both models' continuations of the start of a window.</summary>
/// <param name="Window">The window's key.</param>
/// <param name="Dense">The dense model's.</param>
/// <param name="Packed">The packed model's.</param>
public sealed record ContinuationPair(string Window, Continuation Dense, Continuation Packed);

/// <summary>What a model wrote.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens, the one included that ended it, if one did.</param>
/// <param name="Repetition">The share, from 0 to 1, of its runs of four tokens that occur earlier in it.</param>
/// <param name="IsEmpty">Whether there is nothing in it but white space.</param>
public sealed record Continuation(string Text, int Tokens, double Repetition, bool IsEmpty);
