namespace DecoupleQ.Tensors;

/// <summary>How the keys and values of earlier tokens are kept.</summary>
public enum KeyValueFormat
{
    /// <summary>Half precision: two bytes a number.</summary>
    F16,

    /// <summary>Single precision: four bytes a number.</summary>
    F32,

    /// <summary>Eight bits a number, with a scale a position and head.</summary>
    Int8,
}
