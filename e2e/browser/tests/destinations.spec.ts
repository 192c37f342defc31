import { createHmac } from "node:crypto";
import { expect, test } from "../harness/test";

test("a webhook is set up, tested and receives the next event signed", async ({ owner: page, server, receiver }) => {
  await page.goto("/destinations");
  await page.getByRole("link", { name: "Add destination" }).click();
  await page.getByText("Webhook", { exact: true }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("This is needed to connect.")).toBeVisible();

  await page.getByLabel("Name", { exact: true }).fill("Order events");
  await page.getByRole("textbox", { name: "URL" }).fill(`${receiver.url}/hook`);
  await page.getByRole("button", { name: "Add row" }).click();
  await page.getByLabel("Headers, name 1").fill("X-Team");
  await page.getByLabel("Headers, value 1").fill("shop");
  await page.getByLabel("Shared secret", { exact: true }).fill("a shared secret");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { name: "Connect Order events" })).toBeVisible();

  await page.getByRole("button", { name: "Send a test event" }).click();
  await expect(page.getByRole("region", { name: "Answer 200" })).toContainText("taken");
  await expect(page.getByRole("main")).not.toContainText("a shared secret");
  expect(receiver.received).toHaveLength(1);
  await page.getByRole("button", { name: "Continue", exact: true }).click();

  await server.track("Before the switch", { total: 1 });
  await expect(page.getByText("This event would be sent as shown here.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Request" })).toContainText("Before the switch");
  await page.getByRole("button", { name: "By hand" }).click();
  await expect(page.getByRole("region", { name: "Command line" })).toContainText(/^primedata destination preview \S+$/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("button", { name: "Switch on", exact: true }).click();
  await expect(page.getByText("Order events is switched on.")).toBeVisible();
  expect(receiver.received).toHaveLength(1);
  const { destinations } = await server.api<{ destinations: { id: string; name: string }[] }>("GET", "/destinations");
  const connected = destinations.find((each) => each.name === "Order events");
  await page.goto(`/destinations/${connected?.id}`);
  await expect(page.getByText("Up to date")).toBeVisible();

  await server.track("Order Completed", { total: 99.5 });
  await expect(page.getByRole("row", { name: /Order Completed.*Delivered/ })).toBeVisible();
  const request = receiver.received[1];
  expect(request?.method).toBe("POST");
  expect(request?.path).toBe("/hook");
  expect(request?.headers["x-team"]).toBe("shop");
  expect(request?.headers["x-signature"]).toBe(createHmac("sha1", "a shared secret").update(request?.body ?? "").digest("hex"));
  expect(JSON.parse(request?.body ?? "")).toMatchObject({ type: "track", event: "Order Completed", properties: { total: 99.5 } });

  await page.getByRole("button", { name: "Order Completed" }).click();
  await page.getByRole("link", { name: "See the event" }).click();
  await expect(page.getByRole("article", { name: "Event" })).toContainText("Order Completed");
});

test("a webhook that fails says why, waits, and goes on by itself", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  receiver.status = 503;
  await page.goto(`/destinations/${id}`);
  await server.track("Held up");
  await expect(page.getByText("Waiting to try again")).toBeVisible();
  await expect(page.getByText(/503/).first()).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Needs a person" })).toContainText("Webhook");

  receiver.status = 200;
  await page.goto(`/destinations/${id}`);
  await expect(page.getByRole("row", { name: /Held up.*Delivered/ })).toBeVisible({ timeout: 30_000 });
});

test("a disabled destination receives nothing, and disabling can be undone", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  await page.goto(`/destinations/${id}`);
  await page.getByRole("switch", { name: "Deliver events" }).click({ force: true });
  await expect(page.getByText("Disabled", { exact: true }).first()).toBeVisible();
  await server.track("While disabled");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Enabled", { exact: true })).toBeVisible();
  await expect(page.getByText("Up to date")).toBeVisible();
  await server.track("After");
  await expect(page.getByRole("row", { name: /After.*Delivered/ })).toBeVisible();
  expect(receiver.received.map((each) => JSON.parse(each.body).event)).toEqual(["After"]);
});

test("switching off says first what waits, and what waited goes out when it is taken back in time", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  receiver.status = 503;
  await server.track("Held up");
  await page.goto(`/destinations/${id}`);
  await expect(page.getByText("Waiting to try again")).toBeVisible();
  const toggle = page.getByRole("switch", { name: "Deliver events" });
  await toggle.click({ force: true });
  const dialog = page.getByRole("dialog", { name: "Switch off" });
  await expect(dialog).toContainText("1 event waits for it.");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(toggle).toBeChecked();

  await toggle.click({ force: true });
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByText("Disabled", { exact: true }).first()).toBeVisible();
  receiver.status = 200;
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("row", { name: /Held up.*Delivered/ })).toBeVisible({ timeout: 60_000 });
});

test("a secret never comes back, and saving leaves it as it was", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url, { sharedSecret: "keep me" });
  await page.goto(`/destinations/${id}?tab=settings`);
  await expect(page.getByLabel("Shared secret", { exact: true })).toHaveValue("********");
  await page.getByRole("textbox", { name: "URL" }).fill(`${receiver.url}/moved`);
  await page.getByRole("region", { name: "Settings", exact: true }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved/)).toBeVisible();
  await server.track("Signed still");
  await expect.poll(() => receiver.received.length).toBe(1);
  const request = receiver.received[0];
  expect(request?.path).toBe("/moved");
  expect(request?.headers["x-signature"]).toBe(createHmac("sha1", "keep me").update(request?.body ?? "").digest("hex"));
});

test("order and pace are set on a destination's page, and taken back", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  const rules = async () => (await server.api<{ destination: { delivery: unknown } }>("GET", `/destinations/${id}`)).destination.delivery;
  await page.goto(`/destinations/${id}?tab=settings`);
  const delivery = page.getByRole("region", { name: "Delivery", exact: true });
  const rate = delivery.getByLabel("At most so many events a second");
  await rate.fill("0");
  await delivery.getByRole("button", { name: "Save" }).click();
  await expect(rate).toHaveAttribute("aria-invalid", "true");
  await rate.fill("50");
  await delivery.getByRole("switch", { name: "Keep each person's events in order" }).click({ force: true });
  await delivery.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved/)).toBeVisible();
  expect(await rules()).toEqual({ inOrder: true, eventsPerSecondMax: 50 });

  await page.reload();
  await expect(delivery.getByRole("switch")).toBeChecked();
  await expect(rate).toHaveValue("50");
  await rate.fill("");
  await delivery.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved/)).toBeVisible();
  expect(await rules()).toEqual({ inOrder: true, eventsPerSecondMax: null });
});

test("order and pace are given while a destination is connected", async ({ owner: page, server, receiver }) => {
  await page.goto("/destinations/new?kind=webhook");
  await page.getByRole("textbox", { name: "URL" }).fill(receiver.url);
  const rules = page.getByRole("group", { name: "Order and pace" });
  await rules.getByRole("switch", { name: "Keep each person's events in order" }).click({ force: true });
  await rules.getByLabel("At most so many events a second").fill("0");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(rules.getByLabel("At most so many events a second")).toHaveAttribute("aria-invalid", "true");
  await rules.getByLabel("At most so many events a second").fill("50");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("button", { name: "Send a test event" })).toBeVisible();
  const { destinations } = await server.api<{ destinations: { metadata: { id: string }; enabled: boolean; delivery: unknown }[] }>("GET", "/destinations");
  const made = destinations.find((each) => each.metadata.id === "webhook");
  expect(made).toMatchObject({ enabled: false, delivery: { inOrder: true, eventsPerSecondMax: 50 } });

  await page.getByRole("button", { name: "Back" }).click();
  await expect(rules.getByRole("switch")).toBeChecked();
  await expect(rules.getByLabel("At most so many events a second")).toHaveValue("50");
});

test("a queue says what waits and why, and is up to date once the receiver is well", async ({ owner: page, server, receiver }) => {
  await connect(server, receiver.url);
  receiver.status = 503;
  await server.track("Held up");
  await page.goto("/queues");
  await expect(page.getByRole("region", { name: "What does not go as usual" })).toContainText("503");
  await expect(page.getByRole("link", { name: "1 will be tried again: Webhook" })).toBeVisible();

  receiver.status = 200;
  await expect(page.getByRole("row", { name: /^Webhook Up to date/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("region", { name: "What does not go as usual" })).toBeHidden();
  expect(receiver.received.map((each) => JSON.parse(each.body).event)).toContain("Held up");
});

test.describe("with a refusal", () => {
  test.use({ refusals: [422] });

  test("a setting that cannot work is refused beside its field", async ({ owner: page }) => {
    await page.goto("/destinations/new?kind=webhook");
    await page.getByRole("textbox", { name: "URL" }).fill("not an address");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("textbox", { name: "URL" })).toHaveAttribute("aria-invalid", "true");
  });
});

test("what a broken receiver refused is read in words, replayed after the repair, and adds up", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  await page.goto(`/destinations/${id}`);
  await expect(page.getByText("Up to date")).toBeVisible();
  await server.track("Taken");
  await expect.poll(() => receiver.received.length).toBe(1);
  receiver.status = 400;
  await server.track("Refused 1");
  await server.track("Refused 2");
  await expect.poll(() => receiver.received.length).toBe(3);

  await page.goto(`/delivery?destination=${id}&span=1h`);
  const reasons = page.getByRole("region", { name: "Why events did not arrive" });
  await expect(reasons.getByRole("link", { name: "2 events failed" })).toBeVisible({ timeout: 15_000 });
  await reasons.getByRole("button", { name: "See samples of 400" }).click();
  await expect(page.getByRole("dialog", { name: "Samples of 400" }).getByRole("region", { name: "Answer 400, sample 1" })).toBeVisible();
  await page.keyboard.press("Escape");

  const breakdown = page.getByRole("region", { name: "Breakdown" });
  await expect(breakdown.getByRole("row", { name: /^400 .*New: there were none in the time before/ })).toBeVisible();

  receiver.status = 200;
  await reasons.getByRole("link", { name: "Replay these failures" }).click();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("table", { name: "Some of the events that would be sent" })).toContainText("Refused 2");
  await page.getByRole("button", { name: "Start replay" }).click();
  const replay = page.getByRole("article", { name: /^Replay 1 to/ });
  await expect(replay.getByRole("link", { name: "2 delivered" })).toBeVisible({ timeout: 15_000 });
  const keys = (name: string) => receiver.received.filter((each) => JSON.parse(each.body).event === name).map((each) => each.headers["idempotency-key"]);
  expect(keys("Refused 1")).toHaveLength(2);
  expect(new Set(keys("Refused 1")).size).toBe(1);

  await replay.getByRole("link", { name: "What became of it" }).click();
  const receipts = page.getByRole("table", { name: "Receipts" });
  await expect(receipts.getByRole("row", { name: /Refused \d.*Delivered/ })).toHaveCount(2, { timeout: 15_000 });
  await expect(page.getByRole("combobox", { name: "Replay" })).toHaveValue("Replay 1 to Webhook");
  await page.getByLabel("Replayed or not").click();
  await expect(page).not.toHaveURL(/replay=/);
  await expect(receipts.getByRole("row", { name: /Refused \d.*Failed/ })).toHaveCount(2);

  await page.goto(`/delivery?destination=${id}&span=1h`);
  const whole = page.getByRole("region", { name: "Where every event went" });
  await expect(whole).toContainText("Adds up");
  await expect(whole.getByRole("link", { name: /Delivered/ })).toContainText("3", { timeout: 15_000 });
  await expect(whole.getByRole("link", { name: /Failed/ })).toContainText("2");
});

test("a range of one's own stands in the address, and a colleague who opens the link sees the same", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  await server.track("Taken");
  await expect.poll(() => receiver.received.length).toBe(1);
  await page.goto(`/delivery?destination=${id}&span=10m`);
  const range = page.getByRole("combobox", { name: "Time range" });
  await expect(range).toHaveValue("10 minutes");
  const delivered = page.getByRole("main").getByRole("link", { name: "1", exact: true });
  await expect(delivered).toBeVisible({ timeout: 15_000 });

  await range.click();
  await page.getByRole("option", { name: "Custom range" }).click();
  const dialog = page.getByRole("dialog", { name: "Custom range" });
  const minutesAgo = (minutes: number) => page.evaluate((ms) => new Date(Date.now() - ms - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16), minutes * 60_000);
  await dialog.getByLabel("From").fill(await minutesAgo(60));
  await dialog.getByLabel("To").fill(await minutesAgo(120));
  await dialog.getByRole("button", { name: "Show" }).click();
  await expect(dialog.getByText("Give an end that is after the start.")).toBeVisible();
  await dialog.getByLabel("From").fill(await minutesAgo(180));
  await dialog.getByRole("button", { name: "Show" }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/span=\d{4}-/);
  await expect(page.getByText("Nothing ended within this time")).toBeVisible();
  const chosen = await range.inputValue();
  expect(chosen).toMatch(/^\w{3} \d+, \d\d:\d\d to /);

  await page.goto(page.url());
  await expect(range).toHaveValue(chosen);
  await expect(page.getByText("Nothing ended within this time")).toBeVisible();
  await page.goto("/delivery?span=2020-03-01T00:00:00Z/2020-03-02T00:00:00Z");
  await expect(page.getByText("This range begins more than 30 days ago")).toBeVisible();
  await page.getByRole("link", { name: "Show the last day" }).click();
  await expect(range).toHaveValue("1 day");
});

test("what ran out of time is sent from where it is kept, though the stream never had it", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  const place = await server.expired(id, { type: "track", event: "Long gone", messageId: "long-gone", integrations: {} });
  await page.goto(`/replays?form=new&destination=${id}`);
  await page.getByText("Just expired", { exact: true }).click();
  await expect(page.getByText(`1 event of this destination is kept, received on ${new Date().toISOString().slice(0, 10)} (UTC), in ${place}.`)).toBeVisible();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("table", { name: "Some of the events that would be sent" })).toContainText("Long gone");
  await page.getByRole("button", { name: "Start replay" }).click();
  const replay = page.getByRole("article", { name: /^Replay 1 to/ });
  await expect(replay.getByRole("link", { name: "1 delivered" })).toBeVisible({ timeout: 15_000 });
  await expect(replay).toContainText("What expired");
  expect(receiver.received.map((each) => JSON.parse(each.body).messageId)).toEqual(["long-gone"]);
});

test("deleting a destination asks for its name", async ({ owner: page, server, receiver }) => {
  const id = await connect(server, receiver.url);
  await page.goto(`/destinations/${id}?tab=settings`);
  await page.getByRole("button", { name: "Delete destination" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete destination" });
  await expect(dialog.getByRole("button", { name: "Delete destination" })).toBeDisabled();
  await dialog.getByRole("textbox").fill("Webhook");
  await dialog.getByRole("button", { name: "Delete destination" }).click();
  await expect(page.getByRole("heading", { name: "Destinations" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Webhook" })).toHaveCount(0);
});

async function connect(server: import("../harness/server").Server, url: string, settings: object = {}): Promise<string> {
  const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
  const { destination } = await server.api<{ destination: { id: string } }>("POST", "/destinations", {
    sourceId: sources[0]?.id,
    metadataId: "webhook",
    name: "Webhook",
    enabled: true,
    settings: { url, ...settings },
  });
  return destination.id;
}
