namespace DecoupleQ.Cli.Options;

/// <summary>A model that is run or looked at: a folder, dense or packed, or a GGUF file.</summary>
internal static class ModelArgument
{
    /// <summary>What an error says was expected.</summary>
    public const string Expected = "the folder or .gguf file of a model";

    /// <summary>The argument.</summary>
    /// <param name="further">What the command wants of the model beside that.</param>
    public static PathArgument Create(string further = "") => new("MODEL", $"The model: a folder, dense or packed, or a .gguf file{further}", Expected);
}
