// Vectors by the official client, unchanged: node embeddings.mjs BASE_URL MODEL TEXT.. Prints what it was given, as JSON.
import OpenAI from 'openai';

const [baseURL, model, ...input] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
const vectors = response => response.data.map(entry => entry.embedding);

// Asked for in base64 and read back by the client itself, unless the form is named.
const unsaid = await client.embeddings.create({ model, input });
console.log(JSON.stringify({
  unsaid: vectors(unsaid),
  float: vectors(await client.embeddings.create({ model, input, encoding_format: 'float' })),
  base64: vectors(await client.embeddings.create({ model, input, encoding_format: 'base64' })),
  tokens: unsaid.usage.prompt_tokens,
}));
