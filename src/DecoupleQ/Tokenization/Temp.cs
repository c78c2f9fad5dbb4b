namespace DecoupleQ.Tokenization;
internal static class TempLoad { public static Tokenizer Load(string p) => throw new NotImplementedException(); }
internal sealed class TokenStream(Tokenizer t, IReadOnlyList<int> context) { public string Push(int id) => t.Decode([id]); public string Finish() => context.Count < 0 ? "x" : ""; }
