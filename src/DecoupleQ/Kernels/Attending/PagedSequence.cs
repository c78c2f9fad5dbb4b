namespace DecoupleQ.Kernels.Attending;

/// <summary>The keys and values of one sequence: addresses of its pages, page p with positions 64 p .. 64 p + 63.</summary>
/// <param name="Layout">How the pages are laid out.</param>
/// <param name="Table">One address a page; 0 for one that no query sees any more.</param>
internal readonly unsafe record struct PagedSequence(PageLayout Layout, nint Table)
{
    /// <summary>The page of <paramref name="position"/>.</summary>
    public byte* Page(int position) => ((byte**)Table)[position / PageLayout.Positions];
}
