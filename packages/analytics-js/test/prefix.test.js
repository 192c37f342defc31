import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const prefix = readFileSync(new URL("../src/prefix.js", import.meta.url), "utf8");

/** Runs the prefix in a page; `timers` are run by the caller, who thereby decides when the script has ended. */
function runOn({ currentScript = null, scripts = [], analytics } = {}) {
  const timers = [];
  const window = analytics === undefined ? {} : { analytics };
  const document = { currentScript, scripts };
  vm.runInNewContext(prefix, { window, document, setTimeout: (job) => timers.push(job) });
  return { window, timers };
}

const ours = { src: "http://127.0.0.1:8080/analytics.js/v1/KEY/analytics.min.js" };

test("the snippet's buffer learns the server its script came from, over plain http", () => {
  const { window } = runOn({ currentScript: ours, analytics: [] });
  assert.equal(window.analytics._cdn, "http://127.0.0.1:8080");
});

test("a server mounted under a path keeps its path", () => {
  const src = "https://example.com/tracking/analytics.js/v1/KEY/analytics.min.js?v=1";
  assert.equal(runOn({ currentScript: { src }, analytics: [] }).window.analytics._cdn, "https://example.com/tracking");
});

test("a place that the page has chosen itself is kept", () => {
  const { window } = runOn({ currentScript: ours, analytics: { _cdn: "https://chosen.example" } });
  assert.equal(window.analytics._cdn, "https://chosen.example");
});

test("under another global name the stand-in is gone once the script has ended", () => {
  const { window, timers } = runOn({ currentScript: ours });
  assert.equal(window.analytics._cdn, "http://127.0.0.1:8080");
  timers.forEach((job) => job());
  assert.equal("analytics" in window, false);
});

test("an object that took the stand-in's place in the meantime stays", () => {
  const { window, timers } = runOn({ currentScript: ours });
  window.analytics = { mine: true };
  timers.forEach((job) => job());
  assert.deepEqual(window.analytics, { mine: true });
});

test("evaluated by hand, it goes by the last matching script tag", () => {
  const { window } = runOn({ scripts: [{ src: "https://other.example/app.js" }, ours], analytics: [] });
  assert.equal(window.analytics._cdn, "http://127.0.0.1:8080");
});

test("a script from an unknown address changes nothing", () => {
  const { window, timers } = runOn({ currentScript: { src: "https://other.example/app.js" } });
  assert.equal("analytics" in window, false);
  assert.equal(timers.length, 0);
});
