import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "../harness/test";

const run = promisify(execFile);

test("a new source has a snippet that works as it is shown", async ({ owner: page, server }) => {
  await page.goto("/sources");
  await page.getByRole("link", { name: "Add source" }).click();
  await page.getByText("Python", { exact: true }).click();
  await page.getByLabel("Name").fill("Order service");
  await expect(page.getByLabel("Slug")).toHaveValue("order-service");
  await page.getByRole("button", { name: "Create source" }).click();

  await expect(page.getByRole("heading", { name: "Order service" })).toBeVisible();
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  const python = page.getByRole("region", { name: "analytics.py" });
  await expect(python).toContainText(`analytics.host = "${server.url}"`);

  await page.getByRole("radiogroup", { name: "Library" }).getByText("curl").click();
  await page.getByRole("button", { name: "Copy Terminal" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const { stdout } = await run("bash", ["-c", command]);
  expect(stdout).toContain('"success"');
  await expect(page.getByText(/^1 event, last/)).toBeVisible();
});

test("the browser snippet sends a page view from a page of another origin", async ({ owner: page, server, context }) => {
  const source = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
  await page.goto(`/sources/${source.sources[0]?.id}?sdk=browser`);
  const snippet = await page.getByRole("region", { name: "Paste before </head> on every page" }).innerText();
  const site = createServer((_, response) =>
    response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><title>A shop</title><head><link rel="icon" href="data:,">${snippet}</head>`),
  );
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const visitor = await context.newPage();
  await visitor.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
  await visitor.evaluate(() => (window as unknown as { analytics: { track: (name: string) => void } }).analytics.track("Snippet Works"));

  await page.goto("/live");
  await expect(page.getByRole("option", { name: /page/ })).toBeVisible();
  await expect(page.getByRole("option", { name: /Snippet Works/ })).toBeVisible();
  await visitor.close();
  site.closeAllConnections();
  site.close();
});

test("a write key is rotated: a new one, the old one disabled, and back with undo", async ({ owner: page, server }) => {
  const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
  await page.goto(`/sources/${sources[0]?.id}?tab=keys`);
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("row")).toHaveCount(3);

  const old = server.node.writeKey;
  await page.getByRole("button", { name: `Actions for write key ${old}` }).click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await expect(page.getByRole("row", { name: old })).toContainText("Disabled");
  await server.send("track", '{"userId":"u","event":"While disabled"}', old);

  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("row", { name: old })).toContainText("Enabled");
  await server.send("track", '{"userId":"u","event":"Back with the old key"}', old);

  const fresh = await page.getByRole("row").nth(2).getByRole("button", { name: /^Copy write key/ }).innerText();
  await page.getByRole("button", { name: `Actions for write key ${old}` }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete write key" });
  await expect(dialog.getByRole("button", { name: "Delete write key" })).toBeDisabled();
  await dialog.getByRole("textbox").fill(old.slice(0, 6));
  await dialog.getByRole("button", { name: "Delete write key" }).click();
  await expect(page.getByRole("row")).toHaveCount(2);
  await server.send("track", '{"userId":"u","event":"After deleting"}', old);
  await server.send("track", '{"userId":"u","event":"With the new key"}', fresh.trim());
  await page.goto("/live");
  await expect(page.getByRole("option")).toHaveText([/With the new key/, /Back with the old key/]);
});

test("deleting a source asks for its name", async ({ owner: page, server }) => {
  await server.api("POST", "/sources", { slug: "old-site", name: "Old site", enabled: true, metadataId: "javascript" });
  await page.goto("/sources");
  await page.getByRole("link", { name: "Old site" }).click();
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Delete source" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete source" });
  const confirm = dialog.getByRole("button", { name: "Delete source" });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole("textbox").fill("Old sit");
  await expect(confirm).toBeDisabled();
  await dialog.getByRole("textbox").fill("Old site");
  await confirm.click();
  await expect(page.getByRole("heading", { name: "Sources" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Old site" })).toHaveCount(0);
});
