// Tools and structured output by the official client, unchanged: node tools.mjs BASE_URL MODEL. Prints what it was given, as JSON.
import OpenAI from 'openai';

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
const messages = [{ role: 'user', content: 'What is the weather?' }];
const parameters = { type: 'object', properties: { city: { enum: ['Paris', 'Rome'] } }, required: ['city'], additionalProperties: false };
const options = { model, messages, max_tokens: 120, temperature: 0, parallel_tool_calls: false };
const forced = { ...options, tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it.', parameters } }], tool_choice: 'required' };

const called = await client.chat.completions.create(forced);
const streamed = await client.chat.completions.stream(forced).finalMessage();

// The client runs the function by itself and asks again with what it returned.
const ran = [];
const runner = client.chat.completions.runTools({
  ...options, tool_choice: { type: 'function', function: { name: 'weather' } },
  tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it.', parameters,
    function: given => { ran.push(JSON.parse(given).city); return 'Rain.'; } } }],
}, { maxChatCompletions: 2 });
await runner.done();

const schema = {
  type: 'object', properties: { name: { type: 'string', maxLength: 12 }, age: { type: 'integer', minimum: 0, maximum: 120 } },
  required: ['name', 'age'], additionalProperties: false,
};
const held = await client.chat.completions.parse({
  ...options, parallel_tool_calls: undefined, max_tokens: 150, response_format: { type: 'json_schema', json_schema: { name: 'person', schema, strict: true } },
});
const response = await client.responses.create({
  model, input: 'Tell me of a person.', max_output_tokens: 150, temperature: 0, text: { format: { type: 'json_schema', name: 'person', schema, strict: true } },
});
let events = 0, text = '';
for await (const event of await client.responses.create({ model, input: 'Hi', max_output_tokens: 16, temperature: 0, stream: true })) {
  events++;
  if (event.type === 'response.output_text.delta') text += event.delta;
}
const hi = await client.responses.create({ model, input: 'Hi', max_output_tokens: 16, temperature: 0 });
console.log(JSON.stringify({
  called: called.choices[0].message.tool_calls, finish: called.choices[0].finish_reason, streamed: streamed.tool_calls, ran,
  roles: runner.messages.map(message => message.role), parsed: held.choices[0].message.parsed, response: JSON.parse(response.output_text),
  events, text, whole: hi.output_text,
}));
