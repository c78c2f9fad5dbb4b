// What goes on, once a second, and a chat. Whatever comes from the model or the server enters the page as text.
const at = id => document.getElementById(id);
const seconds = 120;
const rates = [];
let conversation = [];
let answering = null;
let canChat = true;
let before = null;

const megabytes = bytes => bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;

const perSecond = rate => rate.toFixed(rate < 10 ? 1 : 0);

const canaryText = canary => canary.reason ? `${canary.model} answers no more: ${canary.reason}` : `${canary.model} answers ${+(100 * canary.share).toFixed(3)} %`;

function show(status) {
  const now = performance.now();
  const rate = before ? Math.max(0, (status.tokens_written - before.tokens) / ((now - before.time) / 1000)) : 0;
  before = { tokens: status.tokens_written, time: now };
  rates.push(rate);
  rates.splice(0, rates.length - seconds);
  const most = Math.max(1, ...rates);
  at('most').textContent = perSecond(Math.max(...rates));
  at('line').setAttribute('points', rates.map((value, i) =>
    `${(240 * (i + seconds - rates.length) / (seconds - 1)).toFixed(1)},${(46 - 44 * value / most).toFixed(1)}`).join(' '));
  document.title = status.model;
  at('model').textContent = status.model;
  at('state').textContent = status.status;
  at('state').className = `state ${status.status === 'ok' ? 'ok' : 'bad'}`;
  at('rate').textContent = perSecond(rate);
  at('running').textContent = status.running;
  at('waiting').textContent = status.waiting;
  at('key-values').textContent = megabytes(status.key_value_bytes);
  at('memory').textContent = megabytes(status.memory_bytes);
  at('drift').textContent = status.drift ?? 'none watched';
  at('log-line').hidden = !status.log_fails;
  at('canary-line').hidden = !status.canary;
  at('canary').textContent = status.canary ? canaryText(status.canary) : '';
  if (canChat !== status.chats) {
    canChat = status.chats;
    at('no-chat').hidden = canChat;
    at('messages').hidden = at('form').hidden = at('note').hidden = !canChat;
  }
}

async function watch() {
  try {
    const response = await fetch(new URL('/page/status', location.origin));
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
  } catch {
    before = null;
    at('state').textContent = 'not reached';
    at('state').className = 'state bad';
  }
  setTimeout(watch, 1000);
}

function add(kind, text) {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  at('messages').append(item);
  item.scrollIntoView({ block: 'end' });
  return item;
}

// The data of each event of a stream.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = text.slice(0, end).replace(/^data: /, '');
      text = text.slice(end + 2);
      if (data === '[DONE]') return;
      yield JSON.parse(data);
    }
  }
}

async function answer(question) {
  // The one that the question belongs to: another may have been begun before the answer ends.
  const asked = conversation;
  add('user', question);
  asked.push({ role: 'user', content: question });
  const item = add('assistant', '');
  answering = new AbortController();
  busy(true);
  const start = performance.now();
  let text = '', tokens = 0;
  try {
    const response = await fetch(new URL('/v1/chat/completions', location.origin), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: asked, stream: true, stream_options: { include_usage: true } }),
      signal: answering.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error.message);
    for await (const event of events(response.body)) {
      if (event.error) throw new Error(event.error.message);
      text += event.choices[0]?.delta?.content ?? '';
      at('note').textContent = text ? '' : event.choices[0]?.delta?.reasoning_content ? 'It thinks.' : at('note').textContent;
      tokens = event.usage?.completion_tokens ?? tokens;
      item.textContent = text;
      at('messages').scrollTop = at('messages').scrollHeight;
    }
    asked.push({ role: 'assistant', content: text });
    at('note').textContent = `${tokens} tokens, ${(tokens / ((performance.now() - start) / 1000)).toFixed(1)} a second`;
  } catch (error) {
    if (error.name === 'AbortError') {
      asked.push({ role: 'assistant', content: text });
      if (asked === conversation) at('note').textContent = 'The answer was stopped.';
    } else {
      asked.pop();
      if (!text) item.remove();
      add('error', error.message);
    }
  }
  answering = null;
  busy(false);
}

function busy(on) {
  at('send').disabled = on;
  at('stop').hidden = !on;
  if (!on) at('text').focus();
}

at('form').addEventListener('submit', event => {
  event.preventDefault();
  const question = at('text').value.trim();
  if (!question || answering) return;
  at('text').value = '';
  answer(question);
});
at('text').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at('form').requestSubmit();
  }
});
at('stop').addEventListener('click', () => answering?.abort());
at('clear').addEventListener('click', () => {
  answering?.abort();
  conversation = [];
  at('messages').replaceChildren();
  at('note').textContent = '';
});
watch();
