namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>A request as it goes over the wire.</summary>
/// <param name="Bytes">Head and body.</param>
/// <param name="IsWhole">
/// Whether the head is a good one and says how long the body is, so that there has to be an answer; what is no request may be answered by a closed connection.
/// </param>
internal sealed record DamagedRequest(byte[] Bytes, bool IsWhole);
