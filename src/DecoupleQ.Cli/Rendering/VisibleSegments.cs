using DecoupleQ.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DecoupleQ.Cli.Rendering;

/// <summary>
/// Text on a console that has escape sequences of its own, as <see cref="VisibleText"/>: what tables, bars and lines hold is changed, what the console itself
/// adds for colours and bars is not.
/// </summary>
internal sealed class VisibleSegments : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => new Visible(renderable));

    private sealed class Visible(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth).Select(
            segment => !segment.IsControlCode && !segment.IsLineBreak && VisibleText.Changes(segment.Text)
                ? new Segment(VisibleText.Of(segment.Text), segment.Style)
                : segment);
    }
}
