namespace DecoupleQ.Generation;

/// <summary>
/// What can be told of an answer without knowing a right one: how sure the model was, and how much it repeated itself. Of one answer they say little; their
/// distribution over many says whether a model still sees what it saw before, and still answers as it did.
/// </summary>
/// <param name="Tokens">Tokens that were written, the one included that ended the answer, if one did.</param>
/// <param name="LogProbability">
/// The mean of the tokens' log-probabilities in nats, at most 0: the model's own, before bias, penalties, masks, temperature and truncation.
/// </param>
/// <param name="Entropy">The mean entropy of the model's distributions that they were chosen from, in nats, at least 0.</param>
/// <param name="Repetition">
/// The share, from 0 to 1, of the answer's runs of four tokens that occur earlier in it (rep-4 of Welleck et al., arXiv 1908.04319); 0 below five tokens.
/// </param>
/// <param name="Overruled">
/// The share, from 0 to 1, of the tokens in whose place <see cref="GenerationOptions.Constraint"/> did not allow the model's most probable one; 0 without one.
/// </param>
public sealed record AnswerSignals(int Tokens, double LogProbability, double Entropy, double Repetition, double Overruled);
