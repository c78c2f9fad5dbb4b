namespace DecoupleQ.Checkpoints;

/// <summary>Element types of stored tensors, by their safetensors names.</summary>
public enum TensorType
{
#pragma warning disable CS1591 // the names are the documentation
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
#pragma warning restore CS1591
}
