namespace DecoupleQ.Generation.Sampling;

/// <summary>A token's place in a ranking.</summary>
/// <param name="Id">The token.</param>
/// <param name="Key">What it is ranked by.</param>
/// <param name="Through">The tokens from the first to it, itself among them.</param>
internal readonly record struct Place(int Id, float Key, Tally Through)
{
    /// <summary>Whether a token is this one or ranks before it.</summary>
    public bool Reaches(int id, float key) => key > Key || (key == Key && id <= Id);
}
