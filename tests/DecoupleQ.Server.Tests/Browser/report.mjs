// A report in a browser, and before a checker of HTML: node report.mjs CHROMIUM PAGE PICTURE. Prints what it saw, as JSON; there is a picture of each theme,
// PICTURE-light.png and PICTURE-dark.png.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { HtmlValidate } from 'html-validate';
import puppeteer from 'puppeteer-core';

const [executablePath, path, picture] = process.argv.slice(2);
// Rules of the language, not of taste: how void elements, attributes and white space are written, and styles of elements, which SVG is full of.
const checker = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:a11y'],
  rules: { 'void-style': 'off', 'no-inline-style': 'off', 'no-trailing-whitespace': 'off', 'require-sri': 'off' },
});
const report = checker.validateStringSync(readFileSync(path, 'utf8'));
const faults = report.results.flatMap(result => result.messages).map(fault => `${fault.line}:${fault.column} ${fault.ruleId}: ${fault.message}`);

const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  const url = pathToFileURL(path).href;
  const complaints = [], outside = [], themes = {};
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => { if (request.url() !== url) outside.push(request.url()); });
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    await page.setViewport({ width: 1100, height: 900 });
    await page.goto(url);
    themes[theme] = await page.evaluate(() => {
      const color = (element, property) => getComputedStyle(element)[property];
      // A page without a plot has text alone.
      const text = color(document.body, 'color'), label = document.querySelector('svg text'), lines = [...document.querySelectorAll('svg polyline')];
      return {
        page: color(document.body, 'backgroundColor'),
        text,
        label: label ? color(label, 'fill') : text,
        lines: lines.length ? [...new Set(lines.map(line => color(line, 'stroke')))] : [text],
      };
    });
    await page.screenshot({ path: `${picture}-${theme}.png`, fullPage: true });
  }
  // What a label says must lie in its picture.
  const cutLabels = () => [...document.querySelectorAll('svg text')].filter(label => {
    const [box, frame] = [label.getBoundingClientRect(), label.closest('svg').getBoundingClientRect()];
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map(label => label.textContent);
  const pagesOf = async () => Buffer.from(await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b/g).length;
  const widths = [];
  for (const width of [360, 800, 1400]) {
    await page.setViewport({ width, height: 900 });
    widths.push(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth));
  }
  // Of a telephone: labels that can be read, none of them cut off.
  await page.setViewport({ width: 375, height: 800 });
  const phone = {
    cut: await page.evaluate(cutLabels),
    letters: await page.evaluate(() => Math.min(...[...document.querySelectorAll('svg text')].map(label => parseFloat(getComputedStyle(label).fontSize)
      * label.closest('svg').getBoundingClientRect().width / label.closest('svg').viewBox.baseVal.width))),
  };
  // Of a laptop's window: no column is to be looked for.
  await page.setViewport({ width: 1000, height: 900 });
  const tables = await page.evaluate(() => [...document.querySelectorAll('.table')].map(table => table.scrollWidth - table.clientWidth));
  const seen = await page.evaluate(() => ({
    plots: [...document.querySelectorAll('figure svg')].map(svg => svg.getBoundingClientRect().height > 50),
    scripts: document.scripts.length,
    text: document.body.innerText,
  }));
  const cut = await page.evaluate(cutLabels);
  // As wide as A4 between its margins.
  await page.emulateMediaType('print');
  await page.setViewport({ width: Math.round((210 - 26) / 25.4 * 96), height: 900 });
  const beyondPaper = await page.evaluate(() => {
    const edge = document.body.getBoundingClientRect().right + 1;
    return [...document.querySelectorAll('body *')].filter(element => element.getBoundingClientRect().right > edge).map(element => element.tagName + ' ' + element.textContent.slice(0, 40));
  });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  // The first page alone, where a report has one: on how many sheets it stands.
  const hasFirst = await page.evaluate(() => document.querySelector('.first') !== null);
  if (hasFirst) await page.addStyleTag({ content: '.first ~ *, footer { display: none !important; }' });
  const sheets = hasFirst ? await pagesOf() : 1;
  console.log(JSON.stringify({ faults, complaints, outside, themes, widths, tables, beyondPaper, ...seen, cut, phone, sheets, a4: /MediaBox\s*\[0 0 (594|595)\S* (841|842)/.test(Buffer.from(pdf).toString('latin1')) }));
} finally {
  await browser.close();
}
