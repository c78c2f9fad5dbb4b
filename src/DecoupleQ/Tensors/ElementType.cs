namespace DecoupleQ.Tensors;

/// <summary>How a floating-point number is stored.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision, 32 bits.</summary>
    F32,

    /// <summary>IEEE 754 half precision, 16 bits.</summary>
    F16,

    /// <summary>The upper 16 bits of a single: 8 bits of exponent, 7 of fraction.</summary>
    BF16,
}
