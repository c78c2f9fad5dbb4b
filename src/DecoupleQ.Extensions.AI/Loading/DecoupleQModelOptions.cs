using DecoupleQ.Models;
using DecoupleQ.Serving;

namespace DecoupleQ.Extensions.AI.Loading;

/// <summary>Which model is loaded, and how much it takes on.</summary>
public class DecoupleQModelOptions
{
    /// <summary>The model: a folder, dense or packed, or a GGUF file.</summary>
    public string Model { get; set; } = "";

    /// <summary>The name that answers and measurements call it by; null for that of its folder or file.</summary>
    public string? Name { get; set; }

    /// <summary>How the model is loaded. Without a limit of keys and values, a quarter of the memory that there is.</summary>
    public LanguageModelOptions Loading { get; set; } = new();

    /// <summary>How many texts are written at a time, and how many calls wait.</summary>
    public ServiceLimits Limits { get; set; } = new();

    /// <summary>Looks whether a model could be loaded: that its files are there and the options in their ranges. No weights are read.</summary>
    /// <exception cref="DecoupleQException">A file is missing or damaged, or an option is out of its range; it is named.</exception>
    public virtual void Check()
    {
        if (string.IsNullOrEmpty(Model))
        {
            throw new DecoupleQException("No model is named.", field: nameof(Model), expected: "a model's folder, or a GGUF file");
        }
        if (!Path.Exists(Model))
        {
            throw new DecoupleQException("There is no such file or folder.", Model, nameof(Model), "a model's folder, or a GGUF file");
        }
        if (Name is "")
        {
            throw new DecoupleQException("The name is empty.", field: nameof(Name), expected: "a name, or null");
        }
        Loading.Checked();
        Limits.Checked();
    }

    /// <summary>Loads the model, and what writes its texts; both end together.</summary>
    /// <exception cref="DecoupleQException">A file cannot be used, or an option is out of its range.</exception>
    internal TextService LoadService(CancellationToken cancellationToken) => TextService.Load(Model, Loading, Limits, cancellationToken);
}
