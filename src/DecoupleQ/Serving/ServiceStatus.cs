namespace DecoupleQ.Serving;

/// <summary>What goes on in a <see cref="TextService"/>.</summary>
/// <param name="Running">Texts that are being written or read.</param>
/// <param name="Waiting">Requests that wait for a place or for memory.</param>
/// <param name="KeyValueBytes">Bytes of keys and values of all of them, and of prompts that are kept.</param>
/// <param name="PromptCacheBytes">Bytes of prompts that are kept though their texts are done; those that several share count for each.</param>
public readonly record struct ServiceStatus(int Running, int Waiting, long KeyValueBytes, long PromptCacheBytes);
