using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>The definition of SentencePiece's byte-pair encoding, word for word: look through all pairs, merge the best, begin again.</summary>
internal sealed class NaiveBpe(SentencePieceModel model)
{
    private readonly Dictionary<string, int> _ids = model.Pieces.Index()
        .Where(p => p.Item.Type == PieceType.Normal)
        .ToDictionary(p => p.Item.Text, p => p.Index);
    private readonly Dictionary<string, int> _allIds = model.Pieces.Index().ToDictionary(p => p.Item.Text, p => p.Index);

    public List<int> Encode(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }
        List<string> symbols = [.. ("\u2581" + text.Replace(' ', '\u2581')).EnumerateRunes().Select(r => r.ToString())];
        List<float> scores = [.. Enumerable.Range(0, symbols.Count - 1).Select(i => Score(symbols, i))];
        while (scores.Count > 0 && scores.Max() is var best && best > float.NegativeInfinity)
        {
            int left = scores.IndexOf(best);
            symbols[left] += symbols[left + 1];
            symbols.RemoveAt(left + 1);
            scores.RemoveAt(left);
            foreach (int i in new[] { left - 1, left }.Where(i => i >= 0 && i < scores.Count))
            {
                scores[i] = Score(symbols, i);
            }
        }
        return [.. symbols.SelectMany(s => _ids.TryGetValue(s, out int id) ? [id] : System.Text.Encoding.UTF8.GetBytes(s).Select(b => _allIds[$"<0x{b:X2}>"]))];
    }

    private float Score(List<string> symbols, int left) =>
        _ids.TryGetValue(symbols[left] + symbols[left + 1], out int id) ? model.Pieces[id].Score : float.NegativeInfinity;
}
