using DecoupleQ.Extensions.AI.Loading;
using Microsoft.Extensions.Options;

namespace DecoupleQ.Extensions.AI.Registration;

/// <summary>Looks at options when the application starts, so that it does not find out with the first user that a file is missing.</summary>
/// <typeparam name="TOptions">The kind of options.</typeparam>
/// <param name="check">Throws a <see cref="DecoupleQException"/> if something is wrong.</param>
internal sealed class OptionsCheck<TOptions>(Action<TOptions> check) : IValidateOptions<TOptions>
    where TOptions : DecoupleQModelOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        try
        {
            check(options);
            return ValidateOptionsResult.Success;
        }
        catch (DecoupleQException error)
        {
            return ValidateOptionsResult.Fail(error.Message);
        }
    }
}
