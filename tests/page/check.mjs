// Opens pages in headless Chromium and fails where one asks for anything beside itself, says an error on the console, breaks its own
// content security policy, is wider than the window, or has an accessibility violation of serious or critical impact (axe-core).
// Usage: node check.mjs [--screenshots DIR] FILE...
// The browser is $CHROMIUM, else one of the usual names on the path.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const words = process.argv.slice(2);
const at = words.indexOf("--screenshots");
const folder = at < 0 ? undefined : words.splice(at, 2)[1];
if (folder) mkdirSync(folder, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const found = (name) => {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
};
const executablePath = process.env.CHROMIUM || ["chromium", "chromium-browser", "google-chrome"].map(found).find(Boolean);
if (!executablePath) {
  console.error("no browser found; set CHROMIUM to the path of one");
  process.exit(2);
}

const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
let failures = 0;
const fail = (what) => {
  failures += 1;
  console.log(`  FAILED: ${what}`);
};

for (const file of words) {
  const url = pathToFileURL(resolve(file)).href;
  const isPage = file.endsWith(".html");
  console.log(file);
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 400]) {
      const page = await browser.newPage();
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      const view = `${width} ${scheme}`;
      page.on("request", (request) => {
        if (request.url() !== url && !request.url().startsWith("data:")) fail(`${view}: request of ${request.url()}`);
      });
      page.on("console", (message) => {
        if (["error", "warn"].includes(message.type())) fail(`${view}: console: ${message.text()}`);
      });
      page.on("pageerror", (error) => fail(`${view}: ${error}`));
      await page.goto(url, { waitUntil: "load" });
      await new Promise((done) => setTimeout(done, 300));
      if (folder) {
        const name = `${basename(dirname(resolve(file)))}-${basename(file)}`.replace(/[^A-Za-z0-9.-]/g, "_");
        await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: isPage });
      }
      if (isPage) {
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 0) fail(`${view}: the page is ${over} px wider than the window`);
        const empty = await page.evaluate(() => [...document.querySelectorAll("[data-chart]")].filter((p) => !p.querySelector("svg")).map((p) => p.dataset.chart));
        if (empty.length > 0) fail(`${view}: charts not drawn: ${empty}`);
        // through the debugger, which the page's policy does not bind
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        for (const violation of violations) {
          const line = `${view}: axe ${violation.impact} ${violation.id}: ${violation.help}: ${violation.nodes.length} nodes, first ${violation.nodes[0].html.slice(0, 160)}`;
          if (["serious", "critical"].includes(violation.impact)) fail(line);
          else console.log(`  note: ${line}`);
        }
      }
      await page.close();
    }
  }
  if (isPage) {
    // a click on a heading sorts, and says so
    const page = await browser.newPage();
    await page.goto(url, { waitUntil: "load" });
    const sorted = await page.evaluate(() => {
      const tables = [...document.querySelectorAll("main > section > .scroll table, main table")].filter((t) => t.tBodies[0] && t.tBodies[0].rows.length > 1);
      return tables.map((table) => {
        const head = table.tHead.rows[0].cells[0];
        head.querySelector("button")?.click();
        const texts = [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
        const order = [...texts].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
        return { caption: table.caption?.textContent, sort: head.getAttribute("aria-sort"), sorted: texts.join("\n") === order.join("\n") };
      });
    });
    for (const table of sorted) {
      if (table.sort !== "ascending" || !table.sorted) fail(`table ${table.caption}: not sorted by its first column (aria-sort ${table.sort})`);
    }
    // everything but the charts is there without a script
    await page.setJavaScriptEnabled(false);
    await page.goto(url, { waitUntil: "load" });
    if (folder && words.length <= 4) {
      await page.setViewport({ width: 1280, height: 900 });
      await page.screenshot({ path: join(folder, `${basename(dirname(resolve(file)))}-${basename(file)}-noscript.png`), fullPage: true });
      await page.setJavaScriptEnabled(true);
      await page.goto(url, { waitUntil: "load" });
      await page.pdf({ path: join(folder, `${basename(dirname(resolve(file)))}-${basename(file)}.pdf`), format: "A4" });
    }
    await page.close();
  }
}
await browser.close();
console.log(failures === 0 ? `${words.length} files: nothing to complain of` : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
