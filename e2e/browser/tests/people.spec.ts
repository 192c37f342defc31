import type { Page } from "@playwright/test";
import { ownerOf, profilesOf, sendHousehold } from "../harness/people";
import { expect, expectAccessible, expectFits, test } from "../harness/test";

const choose = (page: Page, name: string) => page.getByRole("list", { name: "Identifiers to choose from" }).getByRole("checkbox", { name, exact: true });

async function openGraph(page: Page, name: string) {
  await page.goto(`/profiles/${name}?tab=identity`);
  await expect(page.getByRole("list", { name: "Identifiers to choose from" })).toBeVisible();
}

test("an empty list of people teaches how to make one, and shows the first one by itself", async ({ owner: page, server }) => {
  await page.goto("/profiles");
  await expect(page.getByRole("region", { name: "Identify somebody" })).toContainText("/v1/identify");
  await sendHousehold(server);
  await expect(page.getByRole("table").getByRole("link", { name: "Jane Doe" })).toBeVisible();
});

test("a person is found by identifier, by name and by company, and it is said by what", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await page.goto("/profiles");
  const search = page.getByLabel("Find by an identifier, a name, an email or a company");
  const list = page.getByRole("table", { name: "Profiles that fit" });

  await search.fill("jane@example.com");
  await expect(list.getByRole("row", { name: /Jane Doe.*email jane@example.com/ })).toBeVisible();
  await expect(page).toHaveURL(/query=jane(%40|@)example.com/);

  await search.fill("doe ja");
  await expect(list.getByRole("row", { name: /Jane Doe.*name “Jane Doe”/ })).toBeVisible();
  await expect(list.getByRole("row")).toHaveCount(2);

  await search.fill("acme");
  await expect(list.getByRole("link", { name: "Acme Corporation" })).toBeVisible();
  await page.getByText("People", { exact: true }).last().click();
  await expect(page.getByText("Nobody fits “acme”")).toBeVisible();
  await page.getByRole("button", { name: "Show everybody" }).click();
  await expect(page.getByRole("table", { name: "Profiles of the newest events" }).getByRole("link", { name: "Tom Doe" })).toBeVisible();

  await page.keyboard.press("Control+k");
  const palette = page.getByPlaceholder("Find a page, person, source or destination");
  await expect(palette).toBeFocused();
  await palette.fill("tom doe");
  await page.getByRole("button", { name: /Tom Doe.*Found by/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Tom Doe" })).toBeVisible();
});

test("a profile tells identifiers and traits with their source, events, and the account", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await page.goto("/profiles/user_id:jane");
  await expect(page.getByRole("heading", { level: 1, name: "Jane Doe" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Identifiers" }).getByRole("row", { name: /email:\s*jane@example.com.*My first source/ })).toBeVisible();
  await expect(page.getByRole("table", { name: "Traits" }).getByRole("row", { name: /plan.*pro.*My first source/ })).toBeVisible();

  await page.getByRole("tab", { name: /^Events/ }).click();
  await page.getByLabel("Event name").fill("Order Completed");
  await expect(page).toHaveURL(/name=Order/);
  const events = page.getByRole("button", { name: /Order Completed/ });
  await expect(events).toHaveCount(1);
  await events.click();
  const detail = page.getByRole("article", { name: "Event" });
  await expect(detail).toContainText("user_id:jane");
  await expect(detail.getByRole("treeitem", { name: /total/ })).toContainText("99.5");
  await detail.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Event name").fill("");
  await page.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "identify" }).click();
  await expect(page.locator("[data-row-link]")).toHaveCount(2);

  await page.getByRole("tab", { name: /^Accounts/ }).click();
  await page.getByRole("table", { name: "Accounts" }).getByRole("link", { name: "Acme Corporation" }).click();
  await page.getByRole("tab", { name: /^Members/ }).click();
  await expect(page.getByRole("table", { name: "Members" }).getByRole("link", { name: "Jane Doe" })).toBeVisible();
});

test("find a person, explain a join, split it, see both, and undo", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await openGraph(page, "email:jane@example.com");
  await choose(page, "email:jane@example.com").check();
  await choose(page, "anonymous_id:tablet").check();
  const why = page.getByRole("region", { name: "Why these two are one" });
  await expect(why).toContainText("2 events lead from email:jane@example.com over user_id:jane to anonymous_id:tablet.");
  await expect(why.getByRole("listitem")).toHaveCount(2);
  await expect(page.getByRole("img", { name: /4 identifiers/ })).toBeVisible();
  const link = page.url();
  await why.getByRole("button", { name: "Show the event" }).last().click();
  await expect(page.getByRole("article", { name: "Event" }).getByRole("treeitem", { name: /plan/ })).toContainText("pro");
  await page.getByRole("article", { name: "Event" }).getByRole("button", { name: "Close" }).click();

  await page.goto(link);
  await expect(why).toContainText("2 events lead");
  await choose(page, "email:jane@example.com").uncheck();
  await page.getByRole("button", { name: "Split off", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Split off identifier" });
  await expect(dialog.getByRole("list", { name: "What it would do" })).toContainText("anonymous_id:tablet");
  await expect(dialog.getByRole("region", { name: "Now" })).toContainText("Jane Doe");
  await expect(dialog.getByRole("region", { name: "Then" }).getByText("Tom Doe")).toBeVisible();
  await page.waitForTimeout(300);
  await expectAccessible(page);
  expect((await ownerOf(server, "anonymous_id:tablet")).label, "a preview changes nothing").toBe("Jane Doe");
  await dialog.getByLabel("Reason").fill("The family's tablet");
  await dialog.getByRole("button", { name: "Split off identifier" }).click();
  await expect(page.getByRole("alert")).toContainText("Done");
  // Tom signed in on it too, and now nothing speaks against it.
  expect((await ownerOf(server, "anonymous_id:tablet")).label).toBe("Tom Doe");
  await page.getByRole("dialog").getByRole("link", { name: "Tom Doe" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Tom Doe" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Identifiers" })).toContainText("tablet");
  await page.goto("/profiles/user_id:jane?tab=identity");
  await expect(choose(page, "user_id:jane")).toBeVisible();
  await expect(choose(page, "anonymous_id:tablet")).toHaveCount(0);

  const changes = page.getByRole("table", { name: "Changes by hand" });
  await expect(changes.getByRole("row", { name: /were parted.*The family's tablet/ })).toBeVisible();
  await changes.getByRole("button", { name: "Undo 1" }).click();
  const undo = page.getByRole("dialog", { name: "Undo 1" });
  await expect(undo.getByRole("list", { name: "What it would do" })).toContainText("anonymous_id:tablet");
  await undo.getByRole("button", { name: "Undo 1" }).click();
  await expect(page.getByRole("alert")).toContainText("Undone");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await expect(choose(page, "anonymous_id:tablet")).toBeVisible();
  await expect(changes.getByRole("row", { name: /Undone by/ })).toBeVisible();
  expect((await ownerOf(server, "anonymous_id:tablet")).label).toBe("Jane Doe");
});

test("an identifier is removed with a preview and taken back at once", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await openGraph(page, "user_id:jane");
  await choose(page, "email:jane@example.com").check();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("list", { name: "What it would do" })).toContainText("email:jane@example.com: leads to");
  await expect(dialog.getByRole("region", { name: "Now" })).toContainText("is removed");
  await dialog.getByRole("button", { name: "Remove identifier" }).click();
  await expect(page.getByRole("alert")).toContainText("was taken from its profile");
  await expect(choose(page, "email:jane@example.com")).toBeDisabled();
  await dialog.getByRole("button", { name: "Undo", exact: true }).click();
  await dialog.getByRole("button", { name: "Undo 1" }).click();
  await expect(page.getByRole("alert")).toContainText("Undone");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(choose(page, "email:jane@example.com")).toBeEnabled();
});

test.describe("when events come between the preview and the act", () => {
  test.use({ refusals: [409] });

  test("nothing is done, and it is told anew", async ({ owner: page, server }) => {
    await sendHousehold(server);
    await openGraph(page, "user_id:jane");
    await choose(page, "anonymous_id:laptop").check();
    await choose(page, "anonymous_id:tablet").check();
    await page.getByRole("button", { name: "Keep apart" }).click();
    const dialog = page.getByRole("dialog", { name: "Keep apart" });
    const told = dialog.getByRole("list", { name: "What it would do" });
    await expect(told).toContainText("anonymous_id:tablet");
    // Somebody gives another email on the tablet: it goes where that goes.
    await server.send("identify", JSON.stringify({ anonymousId: "tablet", traits: { email: "spare@example.com" } }));
    await expect.poll(async () => (await server.api<{ profiles: unknown[] }>("GET", "/profiles?query=email:spare@example.com")).profiles.length).toBe(1);
    await dialog.getByRole("button", { name: "Keep apart" }).click();
    await expect(dialog.getByRole("alert")).toContainText("Events came in the meantime");
    await expect(told).toContainText("spare@example.com");
    await dialog.getByRole("button", { name: "Keep apart" }).click();
    await expect(dialog.getByRole("alert")).toContainText("were parted");
  });
});

test("whom two profiles became one with keeps leading there", async ({ owner: page, server }) => {
  await server.track("Product Viewed", {}, "early");
  await server.send("track", '{"anonymousId":"phone","event":"Product Viewed"}');
  await expect.poll(() => profilesOf(server)).toBe(2);
  const { profiles } = await server.api<{ profiles: { id: string }[] }>("GET", "/profiles?query=anonymous_id:phone");
  await server.send("identify", '{"userId":"early","anonymousId":"phone"}');
  await expect.poll(() => profilesOf(server)).toBe(1);
  await page.goto(`/profiles/${profiles[0]?.id}`);
  await expect(page.getByRole("heading", { level: 1, name: "early" })).toBeVisible();
  await expect(page.getByText(`${profiles[0]?.id} was merged into this profile.`)).toBeVisible();
});

test("a person is reached from an event", async ({ owner: page, server }) => {
  await sendHousehold(server);
  await page.goto("/live");
  await page.getByRole("option", { name: /Order Completed/ }).click();
  await page.getByRole("article", { name: "Event" }).getByRole("link", { name: "Profile" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Jane Doe" })).toBeVisible();
  await expectFits(page);
});
