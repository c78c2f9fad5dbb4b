// The official client, unchanged: node client.mjs BASE_URL MODEL. Prints what it was given, as JSON.
import OpenAI from 'openai';

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
const messages = [{ role: 'user', content: 'Who was the captain?' }];
const options = { model, messages, max_tokens: 24, temperature: 0 };

const models = (await client.models.list()).data.map(entry => entry.id);
const whole = await client.chat.completions.create(options);
let streamed = '', usage = null;
for await (const chunk of await client.chat.completions.create({ ...options, stream: true, stream_options: { include_usage: true } })) {
  streamed += chunk.choices[0]?.delta?.content ?? '';
  usage = chunk.usage ?? usage;
}
const completion = await client.completions.create({ model, prompt: 'Once upon a time', max_tokens: 8, temperature: 0, logprobs: 2, echo: true });

// An answer that is left in its middle.
const long = await client.chat.completions.create({ ...options, max_tokens: 200, n: 8, stream: true });
let pieces = 0;
for await (const _ of long) {
  if (++pieces === 3) long.controller.abort();
}

let refused = null;
try {
  await client.chat.completions.create({ ...options, surprise: 1 });
} catch (error) {
  refused = { status: error.status, param: error.param, code: error.code, bad: error instanceof OpenAI.BadRequestError };
}
console.log(JSON.stringify({
  models, whole: whole.choices[0].message.content, streamed, finish: whole.choices[0].finish_reason, wholeUsage: whole.usage, usage,
  completion: completion.choices[0], pieces, refused,
}));
