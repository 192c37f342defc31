import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectFits, test } from "../harness/test";
import type { Server } from "../harness/server";

const TRACK = (messageId: string, n = 1) => JSON.stringify({ messageId, userId: "ada", event: "Order Paid", properties: { n, exact: 1 } });

/** Sends one message two times, each in a request of its own, the second once the first has become an event. */
async function sendTwice(server: Server, messageId: string) {
  expect((await server.send("track", TRACK(messageId))).status).toBe(200);
  await expect.poll(async () => (await server.api<{ events: unknown[] }>("GET", `/events?messageId=${messageId}`)).events.length).toBe(1);
  expect((await server.send("track", TRACK(messageId))).status).toBe(200);
}

const sumOf = (page: Page) => page.getByRole("group", { name: "The ledger's sum" });

test("a message sent twice is one event and one duplicate that leads to the first, and the ledger adds up", async ({ owner: page, server }) => {
  await page.goto("/duplicates");
  await expect(page.getByRole("region", { name: "Send one message twice" })).toContainText("messageId");
  await sendTwice(server, "order-1");

  const list = page.getByRole("table", { name: "Duplicates" });
  await expect(list.getByRole("row", { name: /Order Paid/ })).toHaveCount(1);
  const sum = sumOf(page);
  await expect(sum).toContainText(/2\s*accepted/);
  await expect(sum).toContainText(/1\s*processed/);
  await expect(sum).toContainText(/1\s*duplicate/);
  await expect(sum).toContainText("Adds up");

  await list.locator("[data-row-link]").click();
  const detail = page.getByRole("article", { name: "Duplicate" });
  await expect(detail).toContainText("had been processed before");
  await expect(detail).toContainText("became the event “Order Paid”");
  await expect(detail.getByRole("treeitem", { name: /messageId/ })).toContainText("order-1");
  await detail.getByRole("link", { name: "Open the first one" }).click();
  const event = page.getByRole("article", { name: "Event" });
  await expect(event).toContainText("Order Paid");
  await expect(event.getByRole("button", { name: "Copy message id order-1" })).toBeVisible();
  await expect(page.getByRole("listbox", { name: /^Events/ }).getByRole("option")).toHaveCount(1);
});

test("rejected messages stand beside the duplicates with reason and remedy, and filters stand in the address", async ({ owner: page, server }) => {
  for (const id of ["order-1", "order-2"]) await sendTwice(server, id);
  await server.send("track", '{"event":"By nobody"}');
  await server.send("track", '{"userId":"ada"}');
  await page.goto("/duplicates");
  await expect(page.getByRole("table", { name: "Duplicates" }).locator("[data-row-link]")).toHaveCount(2);
  await page.getByLabel("Message id", { exact: true }).fill("order-2");
  await expect(page.getByRole("table", { name: "Duplicates" }).locator("[data-row-link]")).toHaveCount(1);
  await expect(page).toHaveURL(/message=order-2/);

  await sumOf(page).getByRole("link", { name: "2 rejected" }).click();
  const list = page.getByRole("table", { name: "Rejected messages" });
  await expect(list.locator("[data-row-link]")).toHaveCount(2);
  await page.getByRole("combobox", { name: "Code" }).click();
  await page.getByRole("option", { name: "event_not_defined (1)" }).click();
  await expect(list.locator("[data-row-link]")).toHaveCount(1);
  await expect(page).toHaveURL(/code=event_not_defined/);
  await list.locator("[data-row-link]").click();
  const detail = page.getByRole("article", { name: "Rejected message" });
  await expect(detail).toContainText("The track call has no event name.");
  await expect(detail).toContainText("Send the name of what happened");
  const link = page.url();

  const colleague = await page.context().newPage();
  await colleague.goto(link);
  await expect(colleague.getByRole("article", { name: "Rejected message" })).toContainText("The track call has no event name.");
});

test("what arrives while one looks is counted and shown when asked for", async ({ owner: page, server }) => {
  await sendTwice(server, "order-1");
  await page.goto("/duplicates");
  const rows = page.getByRole("table", { name: "Duplicates" }).locator("[data-row-link]");
  await expect(rows).toHaveCount(1);
  await sendTwice(server, "order-2");
  await page.getByRole("button", { name: "Show 1 newer one" }).click();
  await expect(rows).toHaveCount(2);
});

test("a source's page shows its own ledger", async ({ owner: page, server }) => {
  const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
  await sendTwice(server, "order-1");
  await server.send("track", '{"event":"By nobody"}');
  await page.goto(`/sources/${sources[0]?.id}`);
  await page.getByRole("tab", { name: "Ledger" }).click();
  await expect(sumOf(page)).toContainText(/3\s*accepted/);
  await expect(sumOf(page)).toContainText(/1\s*rejected/);
  await expect(sumOf(page)).toContainText("Adds up");
  await sumOf(page).getByRole("link", { name: "1 duplicate" }).click();
  await expect(page).toHaveURL(new RegExp(`/duplicates\\?.*source=${sources[0]?.id}`));
});

test("the overview counts duplicates and leads to them", async ({ owner: page, server }) => {
  await sendTwice(server, "order-1");
  await page.goto("/");
  const funnel = page.getByRole("region", { name: "From accepted to delivered" });
  await expect(funnel.getByRole("listitem").nth(1)).toContainText("1 duplicate, none rejected, none waiting");
  await funnel.getByRole("link", { name: "1 duplicate" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Duplicates and rejected" })).toBeVisible();
});

test("the deduplication says how far back it knows and what that takes", async ({ owner: page, server }) => {
  await sendTwice(server, "order-1");
  await page.goto("/duplicates");
  const panel = page.getByRole("region", { name: "Deduplication" });
  await expect(panel).toContainText("30 d");
  await expect(panel).toContainText("Whole");
  await panel.getByRole("button", { name: "By hand" }).click();
  await expect(page.getByRole("region", { name: "API call" })).toContainText("/api/v1/deduplication");
  await page.waitForTimeout(300);
  await expectAccessible(page);
  await expectFits(page);
});
