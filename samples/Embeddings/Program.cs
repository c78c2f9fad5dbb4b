// Finds the lines of a file that are nearest to a query, by the cosine of their embeddings.
//   dotnet run -c Release --project samples/Embeddings -- MODEL FILE QUERY
// Any model will do; one that was trained for embeddings finds more.
using System.Numerics.Tensors;
using DecoupleQ.Models;

if (args is not [string path, string file, string query])
{
    Console.Error.WriteLine("usage: Embeddings MODEL FILE QUERY");
    return 2;
}
using var model = LanguageModel.Load(path);
float[] wanted = Embed(query);
var nearest = File.ReadLines(file)
    .Where(line => !string.IsNullOrWhiteSpace(line))
    .Select(line => (Line: line, Cosine: TensorPrimitives.CosineSimilarity<float>(Embed(line), wanted)))
    .OrderByDescending(found => found.Cosine)
    .Take(5);
foreach ((string line, float cosine) in nearest)
{
    Console.WriteLine($"{cosine:0.000}  {line}");
}
return 0;

// The mean over the positions of what the head would be given. Nothing is added to the ids, so a line that is too long is cut here.
float[] Embed(string text) => model.Embed([.. model.Tokenizer.Encode(text).Take(model.ContextLength)], Pooling.Mean);
