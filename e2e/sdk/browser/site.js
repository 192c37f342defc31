// A web site on an origin of its own, and a headless Chromium that visits it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { stringify } from "../harness/exact-json.js";
import { install } from "../harness/driver.js";

const require = createRequire(import.meta.url);
const snippet = require("@segment/snippet");
const caller = readFileSync(new URL("caller.js", import.meta.url), "utf8");

const SYSTEM_CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const READY_WITHIN_MS = 15_000;

/** Starts the browser: `PRIMEDATA_CHROMIUM`, the system's, or the one that Playwright installs. */
export async function startBrowser() {
  const named = process.env.PRIMEDATA_CHROMIUM;
  const executablePath = named ?? SYSTEM_CHROMIUMS.find(existsSync) ?? chromium.executablePath();
  if (!existsSync(executablePath)) {
    const cli = require.resolve("playwright-core/cli.js");
    await install("Chromium", process.execPath, [cli, "install", "chromium"]);
  }
  // Chromium's own sandbox cannot be set up for root, which is who runs in most containers.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** The standard snippet, with our host where Segment's stood and nothing else changed. */
function snippetPage({ host, writeKey, globalAnalyticsKey }) {
  const address = new URL(host);
  const published = snippet.max({ host: address.host, apiKey: writeKey, globalAnalyticsKey });
  const secure = `"https://${address.host}`;
  assert.equal(published.split(secure).length, 2, "the snippet names its host once");
  return published.replace(secure, `"${address.origin}`);
}

async function npmPage({ host, writeKey, loadOptions }) {
  const entry = fileURLToPath(new URL("npm-page.js", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, platform: "browser" });
  return `window.site = ${JSON.stringify({ host, writeKey, loadOptions })};\n${outputFiles[0].text}`;
}

/** Opens a page of the site in the given form; the result is used like the driver of any other SDK. */
export async function openPage(t, browser, form, target, { query = "q=crab" } = {}) {
  const site = await startSite(t, form === "snippet" ? snippetPage(target) : await npmPage(target));
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const troubles = [];
  const said = [];
  const hosts = new Set();
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  await page.goto(`${site}/shop?${query}#top`);
  await isReady(page, target.globalAnalyticsKey ?? "analytics", () => [...troubles, ...said]);

  const made = (call) =>
    page.evaluate((text) => window.makeCall(JSON.parse(text)).then(() => {}), stringify(call));
  const pending = [];
  return {
    call: (call) => pending.push(made(call)),
    async finish() {
      await Promise.all(pending);
      assert.deepEqual(troubles, [], "errors in the page");
      const allowed = [new URL(site).host, new URL(target.host).host];
      assert.deepEqual([...hosts].filter((host) => !allowed.includes(host)), [], "no other host is asked for anything");
    },
    globals: (names) => page.evaluate((names) => names.filter((name) => name in window), names),
  };
}

async function isReady(page, globalName, complaints) {
  const ready = (name) => Boolean(window[name]?.initialized || window[name]?.instance?.initialized);
  await page.waitForFunction(ready, globalName, { timeout: READY_WITHIN_MS }).catch((error) => {
    throw new Error(`analytics.js did not get ready (${error.message}); the page says: ${complaints().join("; ")}`);
  });
}

async function startSite(t, script) {
  const html = `<!doctype html><html lang="en"><head><title>A shop 🦀</title><link rel="icon" href="data:,">
<script src="/app.js"></script><script src="/caller.js"></script></head><body></body></html>`;
  const files = { "/app.js": ["text/javascript", script], "/caller.js": ["text/javascript", caller] };
  const site = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ["text/html", html];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => {
    site.close();
    site.closeAllConnections();
  });
  return `http://localhost:${site.address().port}`;
}
