import { expect, PERSON, test } from "../harness/test";

test("the setup link makes the first account and works once", async ({ page, server, browser }) => {
  await page.goto(server.node.setupUrl ?? "");
  await expect(page.getByRole("heading", { name: "Create the first account" })).toBeVisible();
  await page.getByLabel("Workspace").fill("Example Shop");
  await page.getByLabel("Your name").fill(PERSON.name);
  await page.getByLabel("Email").fill(PERSON.email);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Use at least 12 characters")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(PERSON.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Example Shop" })).toBeVisible();

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(server.node.setupUrl ?? "");
  await expect(stranger.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
});

test("signing out ends the session, and signing in leads back to where one wanted to go", async ({ owner: page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: `Account of ${PERSON.name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();

  await page.goto("/live?type=track");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByLabel("Email").fill(PERSON.email);
  await page.getByLabel("Password", { exact: true }).fill(PERSON.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Live debugger" })).toBeVisible();
  expect(new URL(page.url()).search).toBe("?type=track");
});

test.describe("with a refusal", () => {
  test.use({ refusals: [401] });

  test("a wrong password is refused in a sentence", async ({ owner: page }) => {
    await page.context().clearCookies();
    await page.goto("/sign-in");
    await page.getByLabel("Email").fill(PERSON.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toContainText(/[a-z ]{20,}/);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });

  test("a session that ended elsewhere leads to the sign-in at the next call", async ({ owner: page }) => {
    await page.goto("/sources");
    await expect(page.getByRole("heading", { name: "Sources" })).toBeVisible();
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Destinations" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });
});

test("an invited person joins with a link of their own", async ({ owner: page, browser, server }) => {
  await page.goto("/settings/members");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Invite someone" });
  await dialog.getByLabel("Email").fill("ben@example.com");
  await dialog.getByRole("button", { name: "Create invite link" }).click();
  const shown = page.getByRole("dialog", { name: "Invite link" });
  const link = (await shown.getByRole("region", { name: "Invite link" }).innerText()).trim();
  expect(link).toContain(server.url);
  await shown.getByRole("button", { name: "I have copied it" }).click();

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  await other.getByLabel("Your name").fill("Ben Example");
  await other.getByLabel("Password", { exact: true }).fill("another long password");
  await other.getByRole("button", { name: "Join workspace" }).click();
  await expect(other.getByRole("heading", { name: "Overview" })).toBeVisible();
  await other.goto(`${server.url}/settings/tokens`);
  await expect(other.getByText("Only workspace owners")).toBeVisible();
  await context.close();
});
