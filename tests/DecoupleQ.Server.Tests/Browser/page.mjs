// The page in a browser: node page.mjs CHROMIUM URL SCREENSHOT [NAME PASSWORD]. Prints what it saw, as JSON.
import puppeteer from 'puppeteer-core';

const [executablePath, url, screenshot, username, password] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1100, height: 700 });
  const complaints = [], outside = [];
  page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => { if (!request.url().startsWith(url) && !request.url().startsWith('data:')) outside.push(request.url()); });
  if (username) await page.authenticate({ username, password });
  const response = await page.goto(url, { waitUntil: 'networkidle2' });
  await page.waitForFunction(() => document.getElementById('state').textContent === 'ok');
  await page.type('#text', 'Tell a <b>story</b>.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /tokens/.test(document.getElementById('note').textContent), { timeout: 60000 });
  const seen = await page.evaluate(() => ({
    model: document.getElementById('model').textContent,
    messages: [...document.querySelectorAll('#messages li')].map(item => ({ kind: item.className, text: item.textContent, elements: item.children.length })),
    note: document.getElementById('note').textContent,
    memory: document.getElementById('memory').textContent,
  }));
  await page.waitForFunction(() => Number(document.getElementById('line').getAttribute('points').split(' ').length) > 2);
  await page.screenshot({ path: screenshot });
  // What the policy is for: nothing that is written into the page runs.
  const ran = await page.evaluate(() => {
    window.ran = false;
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const holder = document.createElement('div');
    holder.innerHTML = '<img src="data:," onerror="window.ran = true">';
    document.body.append(holder);
    return new Promise(resolve => setTimeout(() => resolve(window.ran), 300));
  });
  console.log(JSON.stringify({ status: response.status(), policy: response.headers()['content-security-policy'], ...seen, complaints, outside, ran }));
} finally {
  await browser.close();
}
