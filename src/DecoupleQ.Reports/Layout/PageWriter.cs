using System.Text;
using DecoupleQ.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DecoupleQ.Reports.Layout;

/// <summary>Writes a component as a file.</summary>
internal static class PageWriter
{
    /// <summary>Writes the page, whole or not at all.</summary>
    /// <typeparam name="T">The page.</typeparam>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="parameters">The page's, by name.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write<T>(string path, IDictionary<string, object?> parameters)
        where T : IComponent => Write(path, Render<T>(parameters));

    /// <summary>Writes a page's text, whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="page">The text.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(string path, string page)
    {
        path = LinkedPath.Target(path);
        RegularFile.CheckReplaceable(path);
        new DurableWriter(DurableWriter.Room) { IsAmongOthers = true }.Write(path, new UTF8Encoding(false).GetBytes(page));
    }

    /// <summary>The page's text.</summary>
    public static string Render<T>(IDictionary<string, object?> parameters)
        where T : IComponent
    {
        using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return renderer.Dispatcher.InvokeAsync(async () =>
        {
            HtmlRootComponent root = await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters)).ConfigureAwait(true);
            return root.ToHtmlString();
        }).GetAwaiter().GetResult();
    }
}
