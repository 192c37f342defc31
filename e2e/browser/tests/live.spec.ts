import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "../harness/test";

const run = promisify(execFile);

test("the curl line that the server prints shows its event live", async ({ owner: page, server }) => {
  await page.goto("/live");
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  await run("bash", ["-c", server.printedCurl()]);
  await expect(page.getByRole("option", { name: /Signed Up/ })).toBeVisible();
});

test("an event shows every digit and key as it was sent, pretty and raw", async ({ owner: page, server }) => {
  await server.send("track", '{"userId":"user-7","event":"Paid","properties":{"order":9007199254740993,"rate":0.10000000000000000555,"Größe":"groß","none":null}}');
  await page.goto("/live");
  await page.getByRole("option", { name: /Paid/ }).click();
  const detail = page.getByRole("article", { name: "Event" });
  await expect(detail).toContainText("9007199254740993");
  await expect(detail).toContainText("0.10000000000000000555");
  await expect(detail).toContainText("Größe");

  await detail.getByLabel("Find a key or value").fill("rate");
  await expect(detail.getByRole("treeitem")).toHaveCount(3);
  await detail.getByLabel("Find a key or value").fill("");
  await detail.getByRole("treeitem", { name: /order/ }).hover();
  await detail.getByRole("button", { name: "Copy path $.properties.order" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("$.properties.order");

  await detail.getByText("Raw", { exact: true }).click();
  await expect(detail.getByRole("region", { name: "Payload of the event" })).toContainText('"order": 9007199254740993');
});

test("a link shows a colleague the same event and the same filter", async ({ owner: page, server }) => {
  for (const name of ["First", "Second", "Third"]) await server.track(name);
  await page.goto("/live?name=Second");
  await page.getByRole("option", { name: /Second/ }).click();
  await expect(page.getByRole("article", { name: "Event" })).toBeVisible();
  const link = page.url();

  const colleague = await page.context().newPage();
  await colleague.goto(link);
  await expect(colleague.getByRole("article", { name: "Event" })).toContainText("Second");
  await expect(colleague.getByRole("option")).toHaveCount(1);
  await expect(colleague.getByLabel("Event or page name")).toHaveValue("Second");
});

test("filters narrow the list by type, name and user, and stand in the address", async ({ owner: page, server }) => {
  await server.track("Viewed", {}, "ann");
  await server.track("Bought", {}, "bob");
  await server.send("identify", '{"userId":"ann","traits":{"plan":"pro"}}');
  await page.goto("/live");
  await expect(page.getByRole("option")).toHaveCount(3);

  await page.getByLabel("User id or anonymous id").fill("ann");
  await expect(page.getByRole("option")).toHaveCount(2);
  await page.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "identify", exact: true }).click();
  await expect(page.getByRole("listbox", { name: /^Events/ }).getByRole("option")).toHaveCount(1);
  expect(new URL(page.url()).searchParams.get("user")).toBe("ann");
  expect(new URL(page.url()).searchParams.get("type")).toBe("identify");

  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page.getByRole("listbox", { name: /^Events/ }).getByRole("option")).toHaveCount(3);
});

test("a paused list stands still and says how far it is behind", async ({ owner: page, server }) => {
  await server.track("Before");
  await page.goto("/live");
  await expect(page.getByRole("option")).toHaveCount(1);
  await page.getByRole("button", { name: "Pause" }).click();
  for (let n = 0; n < 3; n++) await server.track("Meanwhile");
  await expect(page.getByText("Paused, 3 behind")).toBeVisible();
  await expect(page.getByRole("option")).toHaveCount(1);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("option")).toHaveCount(4);
});

test("no row moves while the pointer is over the list", async ({ owner: page, server }) => {
  for (let n = 0; n < 5; n++) await server.track(`Event ${n}`);
  await page.goto("/live");
  const third = page.getByRole("option").nth(2);
  await expect(third).toContainText("Event 2");
  await third.hover();
  for (let n = 5; n < 8; n++) await server.track(`Event ${n}`);
  await expect(page.getByText("Held while you read, 3 behind")).toBeVisible();
  await expect(third).toContainText("Event 2");
  await page.getByRole("button", { name: "3 newer" }).click();
  await expect(page.getByRole("option").first()).toContainText("Event 7");
  await page.mouse.move(20, 20);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("a rejected message shows the reason, the remedy, the code and the original", async ({ owner: page, server }) => {
  await server.send("track", '{"event":"Nobody did this","properties":{"n":9007199254740993}}');
  await page.goto("/live");
  await page.getByRole("tab", { name: /Rejected/ }).click();
  await page.getByRole("option").first().click();
  const detail = page.getByRole("article", { name: "Rejected message" });
  const [message] = (await server.api<{ rejected: { sentence: string; remedy: string; code: string }[] }>("GET", "/rejected")).rejected;
  // What the server puts between backticks is set as code.
  await expect(detail).toContainText(message?.sentence.replaceAll("`", "") ?? "?");
  await expect(detail).toContainText(message?.remedy.replaceAll("`", "") ?? "?");
  await expect(detail.getByRole("button", { name: `Copy code ${message?.code}` })).toBeVisible();
  await expect(detail).toContainText("Nobody did this");
  await expect(detail).toContainText("9007199254740993");
});

test("the list is walked with the keyboard alone", async ({ owner: page, server }) => {
  for (let n = 0; n < 40; n++) await server.track(`Step ${String(n).padStart(2, "0")}`);
  await page.goto("/live");
  await expect(page.getByRole("option").first()).toContainText("Step 39");
  await page.keyboard.press("/");
  await expect(page.getByLabel("Event or page name")).toBeFocused();
  await page.keyboard.type("Step");
  await expect(page).toHaveURL(/name=Step/);
  const list = page.getByRole("listbox", { name: /^Events/ });
  while (!(await list.evaluate((element) => element === document.activeElement))) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("article", { name: "Event" })).toContainText("Step 38");
  await page.keyboard.press("End");
  await expect(page.getByRole("article", { name: "Event" })).toContainText("Step 00");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Detail" })).toBeFocused();
});

test("ten thousand rows scroll as lightly as ten", async ({ owner: page, server }) => {
  await page.goto("/live");
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  const batch = (from: number) =>
    JSON.stringify({ batch: Array.from({ length: 500 }, (_, n) => ({ type: "track", userId: "u", event: `Row ${from + n}` })) });
  for (let from = 0; from < 10_000; from += 500) expect((await server.send("batch", batch(from))).status).toBe(200);
  await expect(page.getByRole("option", { name: /Row 9999/ })).toBeVisible();
  const drawn = await page.getByRole("option").count();
  expect(drawn).toBeLessThan(80);
  await page.getByRole("listbox", { name: /^Events/ }).focus();
  const started = Date.now();
  await page.keyboard.press("End");
  await expect(page.getByRole("article", { name: "Event" })).toBeVisible();
  console.log(`10,000 rows: ${drawn} drawn, the last one shown ${Date.now() - started} ms after End`);
});
