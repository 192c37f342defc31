import { expect, PERSON, test } from "../harness/test";

test("from sign-in to a new source with the keyboard alone", async ({ owner: page }) => {
  await page.context().clearCookies();
  await page.goto("/");
  await expect(page.getByLabel("Email")).toBeFocused();
  await page.keyboard.type(PERSON.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PERSON.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();

  await page.keyboard.press("Control+k");
  await expect(page.getByPlaceholder("Find a page, person, source or destination")).toBeFocused();
  await page.keyboard.type("add a sou");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Add a source" })).toBeVisible();

  const node = page.getByRole("radio", { name: /Node.js/ });
  await tabTo(page, page.getByRole("radio", { name: /JavaScript/ }));
  await page.keyboard.press("ArrowRight");
  await expect(node).toBeChecked();
  await tabTo(page, page.getByLabel("Name"));
  await page.keyboard.type("Checkout");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Checkout" })).toBeVisible();
});

test("the palette finds a source and a destination by name", async ({ owner: page, server }) => {
  await server.api("POST", "/sources", { slug: "warehouse-robot", name: "Warehouse robot", enabled: true, metadataId: "go" });
  await page.goto("/");
  await page.getByRole("button", { name: /^Search/ }).click();
  await page.getByPlaceholder("Find a page, person, source or destination").fill("robot");
  await page.getByRole("button", { name: /Warehouse robot.*Go/ }).click();
  await expect(page.getByRole("heading", { name: "Warehouse robot" })).toBeVisible();
});

async function tabTo(page: import("@playwright/test").Page, target: import("@playwright/test").Locator) {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab never reached the target");
}
