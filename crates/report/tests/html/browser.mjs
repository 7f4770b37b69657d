// Drives a headless Chromium through one page of the report. Gets its work as JSON on standard input, and answers with the checks that it
// made: what each looked at, and what was wrong where something was.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const work = JSON.parse(readFileSync(0, 'utf8'));
const { chromium } = await import(pathToFileURL(work.driver).href);
const url = pathToFileURL(work.page).href;
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const browser = await chromium.launch({ executablePath: work.chromium, args, headless: true });
const checks = [];
const figures = {};
const check = (what, actual, wanted) => {
  const same = JSON.stringify(actual) === JSON.stringify(wanted);
  checks.push({ what, wrong: same ? null : `${JSON.stringify(actual)} where ${JSON.stringify(wanted)} was wanted` });
};
const holds = (what, value, detail = '') => checks.push({ what, wrong: value ? null : `does not hold ${detail}` });

// A page whose console, dialogs and requests are watched from the start.
const open = async (options = {}, hash = '') => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  const page = await context.newPage();
  const heard = { console: [], dialogs: 0, requests: [] };
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && heard.console.push(message.text()));
  page.on('pageerror', (error) => heard.console.push(error.message));
  page.on('dialog', (dialog) => { heard.dialogs += 1; dialog.dismiss(); });
  page.on('request', (request) => request.url() !== url && request.url() !== url + hash && heard.requests.push(request.url()));
  await page.goto(url + hash);
  if (options.javaScriptEnabled !== false) await page.waitForSelector('#canvas[data-drawn="yes"]', { timeout: 15000 });
  return { page, heard };
};
const quiet = (name, heard) => {
  check(`${name}: nothing on the console`, heard.console, []);
  check(`${name}: no request`, heard.requests.filter((address) => !address.startsWith('data:')), []);
  check(`${name}: no dialog`, heard.dialogs, 0);
};
const visible = (page) => page.locator('.finding[data-level]:visible').count();
const shown = (page) => page.locator('#shown').textContent();

// Text against what lies behind it: 4.5, or 3 where it is large (WCAG 2.2, 1.4.3).
const contrasts = () => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [255, 255, 255, 1];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const poor = [];
  let seen = 0;
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('svg, script, style, .sr, .skip') || !element.checkVisibility()) continue;
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const pixels = parseFloat(style.fontSize);
    const large = pixels >= 24 || (pixels >= 18.66 && Number(style.fontWeight) >= 700);
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) poor.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return { seen, poor: poor.slice(0, 10) };
};

const scenarios = {
  async reading() {
    const { page, heard } = await open();
    const total = await page.locator('.finding[data-level]').count();
    check('all findings are listed', await visible(page), work.findings);
    check('and counted', await shown(page), `${total} findings`);
    check('one heading of the first level', await page.locator('h1').count(), 1);
    const levels = await page.evaluate(() => Array.from(document.querySelectorAll('h1,h2,h3,h4,h5')).map((h) => Number(h.tagName[1])));
    holds('headings in order', levels.every((level, at) => at === 0 || level <= levels[at - 1] + 1), JSON.stringify(levels));
    const ids = await page.evaluate(() => Array.from(document.querySelectorAll('[id]')).map((node) => node.id));
    check('no id twice', ids.filter((id, at) => ids.indexOf(id) !== at), []);
    const dead = await page.evaluate(() => Array.from(document.querySelectorAll('a[href^="#"]')).map((a) => a.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
    check('every link inside leads somewhere', dead, []);
    const nameless = await page.evaluate(() => Array.from(document.querySelectorAll('button, input, select')).filter((node) => !node.closest('[hidden]') && !(node.getAttribute('aria-label') || node.textContent.trim() || node.closest('label'))).map((node) => node.outerHTML));
    check('every control has a name', nameless, []);
    holds('marks what differs', (await page.locator('td.desired mark').count()) > 0);
    holds('shows steps with their locks', (await page.locator('.step .chip.lock').count()) > 0);
    holds('says what comes along', (await page.locator('.along').allTextContents()).join().includes('index public.audit_log_who_idx'));
    quiet('reading', heard);

    // Filters.
    await page.click('.toggle[data-facet="level"][data-value="warning"]');
    const warnings = await page.locator('.finding.warning[data-level]').count();
    check('only warnings', await visible(page), warnings);
    check('their count', await shown(page), `${warnings} of ${total} findings`);
    check('the button says so', await page.getAttribute('.toggle[data-value="warning"]', 'aria-pressed'), 'true');
    await page.click('.toggle[data-facet="what"][data-value="missing"]');
    check('both filters count', await visible(page), await page.locator('.finding[data-level="warning"][data-what="missing"]').count());
    await page.click('#reset');
    check('reset shows all', await visible(page), total);
    await page.keyboard.press('Escape');
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    await page.keyboard.press('/');
    check('a slash goes to the search', await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.type('Email TYPE');
    const found = await page.locator('.finding[data-level]:visible h4').allTextContents();
    check('words in any case', found, ['column public.customers.email has another type']);
    check('groups without findings are gone', await page.locator('.group:visible').count(), 1);
    await page.fill('#search', 'no such thing');
    holds('says that nothing is left', await page.locator('#nothing').isVisible());
    await page.keyboard.press('Escape');
    check('Escape empties the search', await visible(page), total);
    await page.selectOption('#code', 'D102');
    check('by code', await visible(page), await page.locator('.finding[data-code="D102"]').count());
    await page.click('#reset');
    await page.click('#close-all');
    check('all closed', await page.locator('.finding > details[open]').count(), 0);
    await page.locator('.finding > details > summary').first().focus();
    await page.keyboard.press('Enter');
    check('a key opens one', await page.locator('.finding > details[open]').count(), 1);
    const id = await page.locator('.finding[data-level]').last().getAttribute('id');
    await page.click('.toggle[data-facet="what"] >> nth=0');
    await page.evaluate((place) => { location.hash = place; }, id);
    await page.waitForTimeout(200);
    holds('a link to a finding takes the filters away and opens it', await page.locator(`#${id} > details[open] .body`).isVisible());
    quiet('filters', heard);

    const again = await open({}, `#${id}`);
    holds('the same from the address', await again.page.locator(`#${id} > details[open] .body`).isVisible());

    // Narrow, and on paper.
    const narrow = await open({ viewport: { width: 420, height: 900 } });
    check('nothing wider than a phone', await narrow.page.evaluate(() => document.documentElement.scrollWidth), 420);
    const paper = await open();
    await paper.page.click('#close-all');
    await paper.page.emulateMedia({ media: 'print' });
    await paper.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    check('paper has every finding open', await paper.page.locator('.finding > details > .body:visible').count(), total);
    check('and no controls', await paper.page.locator('#controls:visible, .map-bar:visible, .top:visible').count(), 0);
    await paper.page.evaluate(() => dispatchEvent(new Event('afterprint')));
    check('afterwards they are closed again', await paper.page.locator('.finding > details[open]').count(), 0);

    // Without a script.
    const plain = await open({ javaScriptEnabled: false });
    check('readable without a script', await visible(plain.page), total);
    check('without dead controls', await plain.page.locator('#controls:visible, #map-frame:visible, #theme:visible').count(), 0);
  },

  async look() {
    for (const colorScheme of ['light', 'dark']) {
      const { page, heard } = await open({ colorScheme });
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const first = await ground();
      const sum = (color) => color.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
      holds(`${colorScheme}: as the system has it`, colorScheme === 'dark' ? sum(first) < 150 : sum(first) > 600, first);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      const { seen, poor } = await page.evaluate(contrasts);
      holds(`${colorScheme}: enough text was looked at`, seen > 150, String(seen));
      check(`${colorScheme}: contrast`, poor, []);
      await page.click('#theme');
      const second = await ground();
      holds(`${colorScheme}: the button turns it`, (sum(first) < 300) !== (sum(second) < 300), `${first} ${second}`);
      await page.click('#theme');
      check(`${colorScheme}: and back`, await ground(), first);
      await page.focus('#search');
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      check(`${colorScheme}: the focus is seen`, ring, 'solid');
      quiet(colorScheme, heard);
    }
  },

  async map() {
    const { page, heard } = await open();
    const total = await page.locator('.finding[data-level]').count();
    const box = (name) => page.locator(`#svg g[data-table="${name}"]`);
    check('a box for each table', await page.locator('#svg g[data-table]').count(), work.tables);
    holds('with columns', (await box('public.orders').locator('.col').allTextContents()).includes('customer_id'));
    check('missing', (await box('public.audit_log').getAttribute('class')).trim(), 'missing');
    check('unexpected', (await box('public.reviews_backup_2024').getAttribute('class')).trim(), 'unexpected');
    check('changed', (await box('public.customers').getAttribute('class')).trim(), 'changed');
    check('in sync', (await box('public.shipments').getAttribute('class')).trim(), 'in-sync');
    check('a sign beside the colour', await box('public.audit_log').locator('.mark').textContent(), '−');
    check('a missing foreign key is drawn as such', await page.locator('#svg .edge.missing').count(), 1);
    const rects = await page.locator('#svg g[data-table] > .box').evaluateAll((list) => list.map((node) => { const r = node.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; }));
    const overlap = rects.some((a, i) => rects.some((b, j) => i < j && a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]));
    holds('no box over another', !overlap);

    // Choosing.
    await box('public.customers').locator('.name').click();
    const of = await page.locator('.finding[data-table="public.customers"]').count();
    holds('it has findings', of > 0);
    check('a click filters the findings', await visible(page), of);
    check('and says so', await page.locator('#of-table').isVisible(), true);
    holds('neighbours stay, others fade', !(await box('public.orders').getAttribute('class')).includes('faded') && (await box('public.products').getAttribute('class')).includes('faded'));
    holds('its lines stand out', (await page.locator('#svg .edge.chosen').count()) >= 3);
    check('the panel names it', await page.locator('#inspector .table-name').textContent(), 'public.customers');
    holds('with its columns', (await page.locator('#inspector .columns').textContent()).includes('character varying(100)') || (await page.locator('#inspector .columns').textContent()).includes('text'));
    await page.focus('#canvas');
    await page.keyboard.press('Escape');
    check('Escape lets go', await visible(page), total);
    holds('and hides the panel', await page.locator('#inspector').isHidden());

    // Keys.
    const scale = async () => { await page.waitForTimeout(80); return Number(await page.getAttribute('#canvas', 'data-scale')); };
    const frame = async () => { await page.waitForTimeout(80); return page.getAttribute('#svg', 'viewBox'); };
    const before = await scale();
    await page.keyboard.press('+');
    holds('plus zooms in', (await scale()) > before);
    await page.keyboard.press('-');
    await page.keyboard.press('-');
    holds('minus zooms out', (await scale()) < before);
    await page.keyboard.press('0');
    check('0 fits', await scale(), before);
    const still = await frame();
    await page.keyboard.press('ArrowRight');
    holds('arrows move', (await frame()) !== still);
    await page.keyboard.press('n');
    const one = await page.locator('#inspector .table-name').textContent();
    await page.keyboard.press('n');
    const two = await page.locator('#inspector .table-name').textContent();
    await page.keyboard.press('p');
    check('n and p go through what drifted', [one !== two, await page.locator('#inspector .table-name').textContent()], [true, one]);
    holds('it is told to who can not see', (await page.locator('#map-said').textContent()).includes(one));
    await page.keyboard.press('Escape');

    // Searching, the wheel, the hover card, folding.
    await page.fill('#map-search', 'shipm');
    await page.press('#map-search', 'Enter');
    check('the search goes to a table', await page.locator('#inspector .table-name').textContent(), 'public.shipments');
    check('a table without findings filters nothing', await visible(page), total);
    await page.click('#map-fit');
    await page.focus('#canvas');
    await page.keyboard.press('Escape');
    const area = await page.locator('#canvas').boundingBox();
    await page.mouse.move(area.x + area.width / 2, area.y + area.height / 2);
    const fitted = await scale();
    await page.mouse.wheel(0, -400);
    holds('the wheel zooms where the map has the focus', (await scale()) > fitted);
    await page.focus('#search');
    await page.evaluate(() => scrollTo(0, 0));
    await page.click('#map-fit');
    await page.focus('#search');
    const rest = await scale();
    await page.mouse.move(area.x + 40, area.y + 40);
    await page.mouse.wheel(0, 300);
    check('and scrolls the page where it has not', await scale(), rest);
    await page.locator('#canvas').scrollIntoViewIfNeeded();
    await box('public.orders').locator('.name').hover();
    holds('a card on hover', (await page.locator('#card').textContent()).includes('order_status'));
    await page.click('#map-schemas summary');
    await page.locator('#map-schema-list input').first().uncheck();
    await page.waitForTimeout(100);
    check('a folded schema is one box', await page.locator('#svg g[data-table^="billing."]').count(), 0);
    holds('that counts its tables', (await page.locator('#svg').textContent()).includes('2 tables'));
    await page.locator('#map-schema-list input').first().check();
    await page.waitForTimeout(100);
    check('and unfolds', await page.locator('#svg g[data-table^="billing."]').count(), 2);
    await page.locator('label', { hasText: 'Only what drifted' }).click();
    await page.waitForTimeout(100);
    holds('only what drifted and its neighbours', (await page.locator('#svg g[data-table]').count()) <= work.tables);
    quiet('map', heard);
  },

  async hostile() {
    const { page, heard } = await open();
    await page.waitForTimeout(300);
    check('nothing was run', await page.evaluate(() => window.hacked === undefined), true);
    check('no element was made', await page.locator('img, iframe, object, embed, svg script').count(), 0);
    check('two scripts: the data and ours', await page.locator('script').count(), 2);
    const text = await page.locator('#findings').textContent();
    for (const name of work.names) holds(`${name} is text`, text.includes(name));
    const onMap = await page.evaluate(() => JSON.parse(document.getElementById('map-data').textContent).tables.map((table) => table.n));
    for (const name of work.names) holds(`${name} is on the map`, onMap.includes(name));
    await page.fill('#map-search', work.names[0]);
    await page.press('#map-search', 'Enter');
    holds('it can be chosen', (await page.locator('#inspector .table-name').textContent()).includes(work.names[0]));
    const chosen = await page.locator('#inspector .table-name').textContent();
    check('and filters', await page.locator('.finding[data-level]:visible').evaluateAll((list) => list.map((finding) => finding.dataset.table)), [chosen]);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 1';
      document.body.append(script);
      const button = document.createElement('button');
      button.setAttribute('onclick', 'window.hacked = 2');
      document.body.append(button);
      button.click();
    });
    check('the policy of the page lets no other script run', await page.evaluate(() => window.hacked === undefined), true);
    check('no dialog', heard.dialogs, 0);
    check('no request', heard.requests.filter((address) => !address.startsWith('data:')), []);
  },

  async large() {
    const begun = Date.now();
    const { page, heard } = await open();
    figures.loaded = Date.now() - begun;
    const timing = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      return { dom: navigation.domContentLoadedEventEnd, load: navigation.loadEventEnd, map: performance.getEntriesByName('map-drawn')[0].startTime };
    });
    Object.assign(figures, timing);
    holds('the map is there soon', timing.map < 8000, JSON.stringify(timing));
    const near = Number(await page.getAttribute('#canvas', 'data-tables'));
    holds('begins with what drifted and its neighbours', near > 0 && near < work.tables / 2 && (await page.isChecked('#map-near')), String(near));
    await page.locator('label', { hasText: 'Only what drifted' }).click();
    await page.waitForFunction((wanted) => document.getElementById('canvas').dataset.tables === String(wanted), work.tables);
    holds('then all of them', true);
    holds('from afar they are few shapes', (await page.locator('#svg *').count()) < 3000, String(await page.locator('#svg *').count()));
    await page.focus('#canvas');
    const frames = await page.evaluate(async () => {
      const canvas = document.getElementById('canvas');
      const begun = performance.now();
      for (let at = 0; at < 20; at += 1) {
        canvas.dispatchEvent(new KeyboardEvent('keydown', { key: at % 2 ? '+' : 'ArrowRight' }));
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
      }
      return (performance.now() - begun) / 20;
    });
    figures.frame = frames;
    holds('moving is quick enough', frames < 400, String(frames));
    await page.fill('#map-search', work.find);
    await page.press('#map-search', 'Enter');
    await page.waitForTimeout(150);
    check('the search jumps to a table', await page.locator('#inspector .table-name').textContent(), work.found);
    holds('close enough to read it', (await page.locator(`#svg g[data-table="${work.found}"] .name`).count()) === 1);
    await page.fill('#search', work.word);
    holds('the findings can be searched', (await visible(page)) > 0 && (await visible(page)) < work.findings);
    quiet('large', heard);
  },

  async gate() {
    const { page, heard } = await open();
    check('says what the gate says', (await page.locator('.verdict').textContent()).trim(), 'Gate: red');
    check('what the baseline knows is hidden at first', await page.locator('.finding[data-verdict="baseline"]:visible, .finding[data-verdict="ignored"]:visible').count(), 0);
    await page.click('.toggle[data-value="baseline"]');
    holds('and can be shown', (await page.locator('.finding[data-verdict="baseline"]:visible').count()) > 0);
    await page.click('#reset');
    check('reset hides it again', await page.locator('.finding[data-verdict="baseline"]:visible').count(), 0);
    holds('remarks on the policy stay', (await page.locator('.finding[data-what="policy"]:visible').count()) === 1);
    check('a place is called by the fingerprint', await page.locator(`#finding-${'4'.padStart(32, '0')}`).count(), 1);
    holds('with its reason', (await page.locator('.finding[data-verdict="ignored"]').first().textContent()).includes('kept until the move'));
    holds('what this change repairs is told', (await page.locator('#rest').textContent()).includes('Repaired by this change'));
    quiet('gate', heard);
  },

  async still() {
    const context = await browser.newContext();
    const page = await context.newPage();
    const heard = [];
    page.on('console', (message) => heard.push(message.text()));
    await page.goto(url);
    for (const text of work.texts) holds(`says ${text}`, (await page.locator('body').textContent()).includes(text));
    check('nothing on the console', heard, []);
  },
};

try {
  await scenarios[work.scenario]();
} catch (error) {
  checks.push({ what: 'the scenario runs to its end', wrong: error.stack });
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify({ checks, figures }));
