using System.CommandLine;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes the limit of a threshold, with its unit.</summary>
internal sealed class ThresholdOption : Option<Threshold?>, IExpects
{
    public ThresholdOption(ThresholdKind kind)
        : base("--" + kind.Name)
    {
        Description = PilotOptions.DefaultThresholds.FirstOrDefault(threshold => threshold.Kind == kind) is Threshold usual
            ? $"{kind.Description} [default where no threshold is given: {usual.Text}]"
            : kind.Description;
        HelpName = "X";
        Expected = kind.Expected;
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            try
            {
                return kind.Parse(text);
            }
            catch (DecoupleQException)
            {
                result.AddError($"'{text}' cannot be used.");
                return null;
            }
        };
    }

    public string Expected { get; }
}
