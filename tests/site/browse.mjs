// Looks at a site in a real browser, and prints what was seen as one JSON object.
//
// Usage: node browse.mjs SITE CHROMIUM PICTURES
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [site, executablePath, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = (page) => pathToFileURL(join(site, page.split("#")[0])).href + (page.includes("#") ? "#" + page.split("#")[1] : "");
const pages = readdirSync(site, { recursive: true }).filter((path) => path.endsWith(".html")).sort();
const topic = "topic/siste-tiltaksgjennomforinger-v2.html";

const browser = await chromium.launch({ executablePath });
const seen = { pages, complaints: [], requests: [], axe: [], overflow: [] };

/** A page whose errors and requests are noted. */
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.route("**/*", (route) => {
    const target = route.request().url();
    if (target.startsWith("file:")) return route.continue();
    seen.requests.push(target);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => seen.complaints.push(`${page.url()}: ${error}`));
  page.on("requestfailed", (request) => seen.complaints.push(`cannot load ${request.url()}`));
  return page;
};

/** Runs the rules of axe, which the page's own policy would not let in as a script. */
const inspect = async (page, where) => {
  await page.evaluate(axe);
  // It would fetch the style sheets itself.
  const { violations } = await page.evaluate(() => window.axe.run({ preload: false }));
  for (const { id, impact, nodes } of violations.filter((it) => ["serious", "critical"].includes(it.impact))) {
    seen.axe.push(`${where}: ${impact} ${id}: ${nodes[0].html.slice(0, 200)}`);
  }
};

for (const colorScheme of ["light", "dark"]) {
  const page = await open({ colorScheme });
  for (const path of pages) {
    await page.goto(url(path));
    await inspect(page, `${path} (${colorScheme})`);
  }
  // With the results of a search open.
  await page.goto(url(topic));
  await page.fill("#sok", "tiltak");
  await inspect(page, `search (${colorScheme})`);
  seen[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.context().close();
}

{
  const page = await open({ viewport: { width: 375, height: 800 } });
  for (const path of pages) {
    await page.goto(url(path));
    const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
    if (width > 375) seen.overflow.push(`${path}: ${width}`);
  }
  await page.context().close();
}

const hits = (page) => page.locator("#treffliste a .treff-navn").allTextContents();
const place = (page) => decodeURIComponent(page.url().slice(pathToFileURL(site).href.length + 1));

{
  const page = await open();
  await page.goto(url("index.html"));
  await page.fill("#sok", "innsatsgr");
  const field = await hits(page);
  await page.fill("#sok", "ARBEIDSTRENING");
  const value = await hits(page);
  await page.fill("#sok", "amt-deltaker");
  const reader = await hits(page);
  await page.fill("#sok", "finnes slett ikke");
  const nothing = { hits: await hits(page), said: await page.locator("#antall").textContent() };
  seen.search = { field, value, reader, nothing };
  await page.context().close();
}

{
  // By the keyboard alone.
  const page = await open();
  await page.goto(url(topic));
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("/");
  const inSearch = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.type("innsatsgrupper");
  await page.keyboard.press("Escape");
  const closed = await page.locator("#treff").isHidden();
  await page.keyboard.type(" ");
  await page.keyboard.press("ArrowDown");
  const onHit = await page.evaluate(() => document.activeElement.querySelector(".treff-navn")?.textContent);
  await page.keyboard.press("ArrowUp");
  const back = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/tiltakstyper/);
  seen.keyboard = { first, inSearch, closed, onHit, back, landed: place(page) };
  await page.context().close();
}

/** The field that is marked, whether one sees it, and whether it looks otherwise than the one before. */
const marked = async (page) => page.evaluate(() => {
  const target = document.querySelector(":target");
  const card = target?.querySelector(".felt-kort");
  if (!card) return null;
  const box = card.getBoundingClientRect();
  const header = document.querySelector(".topp").getBoundingClientRect().bottom;
  const colour = (element) => getComputedStyle(element).backgroundColor;
  const other = [...document.querySelectorAll(".felt-kort")].find((it) => it !== card);
  return {
    field: target.id,
    visible: box.top >= Math.max(header, 0) && box.top < innerHeight,
    differs: colour(card) !== colour(other),
  };
});

for (const javaScriptEnabled of [true, false]) {
  const page = await open({ javaScriptEnabled, reducedMotion: "reduce" });
  const links = [];
  for (const field of ["/tiltakskode", "/deltakerRegistreringInnhold/innholdselementer/*/tekst"]) {
    await page.goto("about:blank");
    await page.goto(url(`topic/siste-tiltakstyper-v3.html#${field}`));
    // Without scripts the page cannot be asked when it is done; what is drawn has been scrolled.
    await page.screenshot();
    links.push(await marked(page));
  }
  seen[javaScriptEnabled ? "links" : "linksWithoutScripts"] = links;
  if (!javaScriptEnabled) {
    await page.goto(url(topic));
    seen.withoutScripts = {
      search: await page.locator(".sok").isVisible(),
      fields: await page.locator(".felt").count(),
      examples: await page.locator(".eksempel").count(),
    };
  }
  await page.context().close();
}

{
  const page = await open();
  await page.goto(url(topic));
  const example = page.locator(".eksempel").first();
  await example.locator('.linje[data-felt="/status"]').first().hover();
  const pointed = await example.locator(".linje.pekt").evaluateAll((lines) => lines.map((line) => line.dataset.felt));
  const caption = await example.locator(".om-feltet").textContent();
  await example.locator('.linje[data-felt="/arrangor/organisasjonsnummer"] a').focus();
  const focused = await example.locator(".om-feltet").textContent();
  seen.example = { pointed, caption, focused };
  await page.emulateMedia({ media: "print" });
  seen.print = {
    header: await page.locator(".topp").isVisible(),
    fields: await page.locator(".felt").first().isVisible(),
  };
  await page.context().close();
}

const screens = {
  forside: "index.html",
  topic: `${topic}#/tiltakskode`,
  konsumenter: "konsumenter.html",
  konsument: "konsument/amt-deltaker.html",
  regler: "regler.html#retained-log",
};
for (const colorScheme of ["light", "dark"]) {
  for (const width of [375, 1280]) {
    const page = await open({ viewport: { width, height: width === 375 ? 812 : 900 }, colorScheme, reducedMotion: "reduce" });
    for (const [name, path] of Object.entries(screens)) {
      await page.goto("about:blank");
      await page.goto(url(path));
      await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`) });
    }
    await page.goto(url(topic));
    await page.fill("#sok", "tiltakskode");
    await page.screenshot({ path: join(pictures, `sok-${width}-${colorScheme}.png`) });
    await page.context().close();
  }
}

await browser.close();
console.log(JSON.stringify(seen));
