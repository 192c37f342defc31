import { profilesOf, sendHousehold } from "../harness/people";
import { expect, expectAccessible, test } from "../harness/test";

test("a rule is tried on the demo's people, applied, and rolled back", async ({ owner: page, server }) => {
  // The demo is sent first, which takes what the machine has.
  test.slow();
  await server.demo(1_500);
  await expect.poll(() => server.api<{ identity: { behind: number } }>("GET", "/identity").then(({ identity }) => identity.behind)).toBe(0);
  const before = await profilesOf(server);
  await page.goto("/identity");
  const types = page.getByRole("table", { name: "Types of identifiers" });
  await types.getByRole("button", { name: "anonymous_id" }).click();
  const type = page.getByRole("dialog", { name: "anonymous_id" });
  await type.getByLabel("At most").fill("0");
  await expect(type.getByRole("alert")).toContainText("has to be at least 1");
  await expect(type.getByRole("button", { name: "Keep change" })).toBeDisabled();
  await type.getByLabel("At most").fill("1");
  await type.getByRole("button", { name: "Keep change" }).click();
  await expect(types.getByRole("row", { name: /anonymous_id\s*changed.*1 ever/ })).toBeVisible();

  await page.getByRole("button", { name: "See what it would do" }).click();
  const review = page.getByRole("dialog", { name: "What your changes would do" });
  await expect(review.getByRole("list", { name: "Changes" })).toContainText("anonymous_id has at most 1 ever instead of 5 ever.");
  const sample = review.getByRole("region", { name: "A profile that would split" });
  await expect(sample.first()).toContainText("anonymous_id");
  const told = await review.locator("dd").first().innerText();
  const [now, then] = told.split("→").map((part) => Number(part.replaceAll(/\D/g, "")));
  expect(now).toBe(before);
  expect(then).toBeGreaterThan(before);
  await page.waitForTimeout(300);
  await expectAccessible(page);
  expect(await profilesOf(server), "a preview changes nothing").toBe(before);

  await review.getByRole("button", { name: "Apply rules" }).click();
  await expect(page.getByText("Version 2 of the rules is in force.")).toBeVisible();
  expect(await profilesOf(server)).toBe(then);
  await expect(page.getByRole("region", { name: "Draft" })).toHaveCount(0);

  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("button", { name: "Roll back to version 1" }).click();
  const back = page.getByRole("dialog", { name: "Roll back to version 1" });
  await expect(back.getByRole("list", { name: "Changes" })).toContainText("anonymous_id has at most 5 ever instead of 1 ever.");
  await expect(back.getByRole("region", { name: "A profile that would be made of several" }).first()).toBeVisible();
  await back.getByRole("button", { name: "Roll back" }).click();
  await expect(page.getByText("Version 3 of the rules is in force.")).toBeVisible();
  expect(await profilesOf(server)).toBe(before);
});

test("a type of one's own is added to a draft, told in words, and can be discarded", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await page.goto("/identity");
  await page.getByRole("button", { name: "Add type" }).click();
  const type = page.getByRole("dialog", { name: "Add a type of identifier" });
  await type.getByLabel("Type", { exact: true }).fill("Plan");
  await expect(type.getByRole("alert").first()).toContainText("lower-case");
  await type.getByLabel("Type", { exact: true }).fill("plan");
  await type.getByLabel("Key").fill("plan");
  await type.getByLabel("Blocked patterns").fill("(");
  await expect(type.getByRole("alert").first()).toContainText("no regular expression");
  await type.getByLabel("Blocked patterns").fill("^free$");
  await type.getByRole("button", { name: "Add to the draft" }).click();
  await page.getByRole("button", { name: "See what it would do" }).click();
  const review = page.getByRole("dialog", { name: "What your changes would do" });
  await expect(review.getByRole("list", { name: "Changes" })).toContainText("plan is new: read from plan in traits and properties");
  await expect(review.getByText("Nobody would be another person by it")).toBeVisible();
  await review.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("table", { name: "Types of identifiers" }).getByRole("button", { name: "plan" })).toHaveCount(0);
  expect((await server.api<{ version: number }>("GET", "/identity/rules")).version).toBe(1);
});

test("changes are brought over to rules that somebody else applied meanwhile", async ({ owner: page, server }) => {
  await page.goto("/identity");
  await page.getByLabel("Merges").fill("7");
  await expect(page.getByRole("region", { name: "Draft" })).toContainText("1 change not applied");
  const { rules, version } = await server.api<{ rules: { hairballs: { sets: number } }; version: number }>("GET", "/identity/rules");
  await server.api("PUT", "/identity/rules", { rules: { ...rules, hairballs: { sets: 9 } }, expectedVersion: version });
  await page.getByRole("button", { name: "Bring my changes over" }).click();
  await expect(page.getByLabel("Sets")).toHaveValue("9");
  await expect(page.getByLabel("Merges")).toHaveValue("7");
  await page.getByRole("button", { name: "See what it would do" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Apply rules" }).click();
  await expect(page.getByText("Version 3 of the rules is in force.")).toBeVisible();
  const applied = (await server.api<{ rules: { hairballs: { sets: number }; caps: { merges: number } } }>("GET", "/identity/rules")).rules;
  expect([applied.hairballs.sets, applied.caps.merges]).toEqual([9, 7]);
});

test("a shared device is shown and released", async ({ owner: page, server }) => {
  const { rules, version } = await server.api<{ rules: object; version: number }>("GET", "/identity/rules");
  await server.api("PUT", "/identity/rules", { rules: { ...rules, hairballs: { sets: 3 } }, expectedVersion: version });
  for (let n = 0; n < 6; n++) await server.send("identify", JSON.stringify({ userId: `guest-${n}`, anonymousId: "kiosk" }));
  await expect.poll(async () => (await server.api<{ total: number }>("GET", "/identity/hairballs")).total).toBe(1);
  await page.goto("/identity?tab=shared");
  await page.getByRole("button", { name: "Release anonymous_id:kiosk" }).click();
  const dialog = page.getByRole("dialog", { name: "Release identifier" });
  await expect(dialog.getByRole("list", { name: "What it would do" })).toContainText("anonymous_id:kiosk");
  await dialog.getByRole("button", { name: "Release identifier" }).click();
  await expect(page.getByRole("alert")).toContainText("is used again");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByText("No shared identifier")).toBeVisible();
  await page.getByRole("tab", { name: "Changes by hand" }).click();
  await expect(page.getByRole("table", { name: "Changes by hand" })).toContainText("anonymous_id:kiosk is used again");
});

test("a token of the Profile API is shown once, reads a person, and is deleted", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await page.goto("/settings/profile-api");
  await page.getByRole("button", { name: "Create token" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Shop server");
  await page.getByRole("dialog").getByRole("button", { name: "Create token" }).click();
  const shown = page.getByRole("dialog", { name: "Profile API token" });
  const token = (await shown.getByRole("region", { name: "Profile API token" }).innerText()).trim();
  await shown.getByRole("button", { name: "I have copied it" }).click();
  const address = (await page.getByRole("region", { name: "Read the traits of one person" }).innerText()).match(/'(.*)'/)?.[1]?.replace("email:ada%40example.com", "user_id:jane") ?? "";
  const read = () => fetch(address, { headers: { Authorization: `Basic ${btoa(`${token}:`)}` } });
  expect(await (await read()).json()).toMatchObject({ traits: { name: "Jane Doe" } });

  await page.getByRole("button", { name: "Delete Shop server" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete token" });
  await dialog.getByLabel("Type Shop server to confirm").fill("Shop server");
  await dialog.getByRole("button", { name: "Delete token" }).click();
  await expect(page.getByText("No token for profiles yet")).toBeVisible();
  expect((await read()).status).toBe(401);
});

test("a secret for pages is shown once and deleted", async ({ owner: page }) => {
  await page.goto("/settings/profile-api");
  await page.getByRole("button", { name: "Create secret" }).click();
  const shown = page.getByRole("dialog", { name: "Secret for pages" });
  expect((await shown.getByRole("region", { name: "Secret for pages" }).innerText()).trim().length).toBeGreaterThan(20);
  await shown.getByRole("button", { name: "I have copied it" }).click();
  const secrets = page.getByRole("table", { name: "Secrets for pages" });
  await expect(secrets.getByRole("row", { name: /Current/ })).toBeVisible();
  await secrets.getByRole("button", { name: /^Delete secret/ }).click();
  await page.getByRole("dialog", { name: "Delete secret" }).getByRole("button", { name: "Delete secret" }).click();
  await expect(page.getByText("No secret yet")).toBeVisible();
});
