// @segment/analytics-next, unmodified, in headless Chromium, from a page on another origin than the server.
//
// It sends no gzip and no numbers beyond 2^53: JavaScript has none that JSON takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openPage, startBrowser } from "./site.js";
import { callOf, everyCall } from "../harness/calls.js";
import { everyFieldArrives, everythingArrivesAcrossAKill, everythingArrivesAfter429 } from "../harness/promises.js";
import { startServer } from "../harness/server.js";

const { devDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const version = `next-${devDependencies["@segment/analytics-next"]}`;

/** The snippet makes a page call of its own. */
const SNIPPET_EVENTS = 1;
const IP = "127.0.0.1";
const BATCHING = {
  integrations: { "Segment.io": { deliveryStrategy: { strategy: "batching", config: { size: 3, timeout: 300 } } } },
};

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser?.close());

test("analytics.js", async (t) => {
  const snippet = (target, options) => openPage(t, browser, "snippet", target, options);
  const npm = (target) => openPage(t, browser, "npm", target);
  const npmInBatches = (target) => openPage(t, browser, "npm", { ...target, loadOptions: BATCHING });
  const fields = { calls: everyCall(), expected: asTheBrowserSendsIt, ip: IP };

  await t.test("snippet: every field of the six calls arrives as it was called", (t) =>
    everyFieldArrives(t, {
      ...fields,
      start: snippet,
      library: { name: "analytics.js", version },
      ownEvents: SNIPPET_EVENTS,
      inspect: ({ relay, events }) => {
        assertPreflighted(relay);
        const own = events.find((event) => !callOf(event));
        assert.equal(own.type, "page", "the snippet's own page call, made before the SDK was there");
        assert.equal(own.properties.title, PAGE.title);
      },
    }),
  );
  await t.test("npm: every field of the six calls arrives as it was called", (t) =>
    everyFieldArrives(t, {
      ...fields,
      start: npm,
      library: { name: "analytics.js", version: `npm:${version}` },
      inspect: ({ relay }) => assertPreflighted(relay),
    }),
  );
  await t.test("npm: every field arrives when the SDK batches", (t) =>
    everyFieldArrives(t, {
      ...fields,
      start: npmInBatches,
      expected: withTheOptionsNamed,
      library: { name: "analytics.js", version: `npm:${version}` },
      inspect: ({ relay }) => relay.messageRequests().forEach(({ path }) => assert.equal(path, "/v1/b")),
    }),
  );
  await t.test("snippet: what it loads later comes from our host too", async (t) => {
    const { page, track } = await visitFromALink(t, snippet);
    assert.equal(track.event, "Followed a link");
    assert.deepEqual(track.properties, { colour: "red" });
    await page.finish();
  });
  await t.test("snippet: it works under another global name and leaves none of ours behind", async (t) => {
    const { page, track } = await visitFromALink(t, (target, options) =>
      snippet({ ...target, globalAnalyticsKey: "tracker" }, options),
    );
    assert.equal(track.event, "Followed a link");
    assert.deepEqual(await page.globals(["tracker", "analytics"]), ["tracker"]);
    await page.finish();
  });
  await t.test("snippet: everything arrives after a 429", (t) =>
    everythingArrivesAfter429(t, { start: snippet, ownEvents: SNIPPET_EVENTS }),
  );
  await t.test("npm: everything arrives when the server is killed and started again", (t) =>
    everythingArrivesAcrossAKill(t, { start: npm }),
  );
});

/** Visits with a query that the SDK reads with code it loads only then, and returns the call that the query makes. */
async function visitFromALink(t, open) {
  const server = await startServer(t);
  const query = "ajs_event=Followed%20a%20link&ajs_prop_colour=red";
  const page = await open({ host: server.url, writeKey: server.writeKey }, { query });
  const events = await server.eventsOnceThereAre(SNIPPET_EVENTS + 1);
  return { page, track: events.find(({ type }) => type === "track") };
}

const PAGE = { path: "/shop", referrer: "", search: "?q=crab", title: "A shop 🦀" };

/** The SDK adds what it knows of the page to a page call, and copies its category and name into the properties. */
function asTheBrowserSendsIt(call, event) {
  const { url } = event.context.page;
  assert.match(url, /^http:\/\/localhost:\d+\/shop\?q=crab$/);
  const sent = { ...call, context: { ...call.context, page: { ...PAGE, url } } };
  if (call.type !== "page") return sent;
  const { category, name } = call;
  return { ...sent, properties: { ...call.properties, ...PAGE, url, category, name } };
}

/** The SDK names what it was loaded with options for as switched on. */
function withTheOptionsNamed(call, event) {
  const integrations = { "Segment.io": true, ...call.integrations };
  return { ...asTheBrowserSendsIt(call, event), integrations };
}

/** The origins differ, so the browser must have asked, and been allowed, before it sent. */
function assertPreflighted(relay) {
  const asked = relay.requests().filter(({ method }) => method === "OPTIONS");
  assert.ok(asked.length > 0, "the browser asked for permission");
  for (const { headers, status } of asked) {
    assert.match(headers["access-control-request-headers"], /authorization/);
    assert.ok(status === 200 || status === 204);
  }
}
