namespace DecoupleQ.Models;

/// <summary>Where a row stands in its sequence.</summary>
/// <param name="Position">From 0.</param>
/// <param name="Length">The length that the sequence was given when it began, which <see cref="RotaryEmbedding.For"/> chooses by.</param>
internal readonly record struct RowPlace(int Position, int Length);

/// <summary>Where the rows of a plan's values lie. Rows may belong to several sequences. Safe to read from several threads.</summary>
internal interface IRowValues
{
    /// <summary>Rows <paramref name="first"/> .. first + <paramref name="count"/> - 1 of <paramref name="value"/>: count x width, without gaps.</summary>
    Span<float> Rows(PlanValue value, int first, int count);

    /// <summary>Where row <paramref name="row"/> stands in its sequence.</summary>
    RowPlace Place(int row);
}
