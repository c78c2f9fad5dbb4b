// What the page shows of a server: node status.mjs CHROMIUM URL. Prints what it saw, as JSON.
import puppeteer from 'puppeteer-core';

const [executablePath, url] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1000, height: 700 });
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById('line').getAttribute('points') !== '');
  console.log(JSON.stringify(await page.evaluate(() => {
    const seen = id => document.getElementById(id).checkVisibility();
    const panel = document.querySelector('.figures').getBoundingClientRect();
    return {
      state: document.getElementById('state').textContent,
      canary: seen('canary') ? document.getElementById('canary').innerText : null,
      log: seen('log-line'), chat: seen('form'), noChat: seen('no-chat'), note: seen('note'),
      caption: document.getElementById('caption').innerText,
      outside: [...document.querySelectorAll('.figures *')].filter(part => part.getBoundingClientRect().right > panel.right).length,
    };
  })));
} finally {
  await browser.close();
}
