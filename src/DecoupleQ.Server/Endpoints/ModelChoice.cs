using System.Buffers;
using System.Text;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Decides which model answers a request, and says so: in the record, and in a header of the response.</summary>
/// <param name="models">The models.</param>
/// <param name="sticky">Tells who asks.</param>
internal sealed class ModelChoice(ServedModels models, StickyKey sticky)
{
    /// <summary>Names the model that answered.</summary>
    public const string Header = "X-DecoupleQ-Model";

    // A header's value is visible ASCII; % stands before what is written as its bytes.
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Where(letter => letter != '%').Select(letter => (byte)letter)]);

    /// <summary>The model that answers a request.</summary>
    /// <exception cref="ApiException">The request asks for one that is not here.</exception>
    public ServedModel For(HttpContext context, RequestFields fields)
    {
        (ServedModel model, bool isShared) = models.Choose(fields.Text("model"), () => sticky.Of(context, fields));
        RequestRecord.Of(context).AnsweredBy(model, isShared);
        context.Response.Headers[Header] = Encoded(model.Name);
        return model;
    }

    /// <summary>A name as a header has it: UTF-8, and of that what is not visible ASCII, and <c>%</c>, as <c>%</c> and two hexadecimal digits.</summary>
    internal static string Encoded(string name) => string.Concat(
        Encoding.UTF8.GetBytes(name).Select(letter => Plain.Contains(letter) ? ((char)letter).ToString() : $"%{letter:X2}"));
}
