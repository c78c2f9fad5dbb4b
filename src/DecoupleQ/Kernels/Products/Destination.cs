namespace DecoupleQ.Kernels.Products;

/// <summary>What a matrix product does with what the destination held.</summary>
internal enum Destination
{
    Overwrite,
    Add,
    Subtract,
}
