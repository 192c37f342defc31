import { ownerOf, sendHousehold } from "../harness/people";
import { expect, expectAccessible, expectFits, test } from "../harness/test";

const FORMS = [
  { name: "light desktop", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "dark desktop", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "light phone", colorScheme: "light", viewport: { width: 360, height: 740 } },
  { name: "dark phone", colorScheme: "dark", viewport: { width: 360, height: 740 } },
] as const;

const lastDays = (days: number) => [Date.now() - days * 86_400_000, Date.now()].map((time) => new Date(time).toISOString()).join("/");

for (const { name, colorScheme, viewport } of FORMS) {
  test.describe(name, () => {
    test.use({ colorScheme, viewport });
    test.setTimeout(600_000);

    test(`every page with data is accessible and fits: ${name}`, async ({ owner: page, server, receiver }, { outputDir }) => {
      const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
      const source = sources[0]?.id ?? "";
      const { destination } = await server.api<{ destination: { id: string } }>("POST", "/destinations", {
        sourceId: source,
        metadataId: "webhook",
        name: "Order events",
        enabled: true,
        settings: { url: receiver.url, headers: { "X-Team": "shop" }, sharedSecret: "secret" },
      });
      await server.api("POST", "/tokens", { name: "Deploy script", scopes: ["sources:read", "sources:write"] });
      for (let n = 0; n < 12; n++) await server.track(["Product Viewed", "Order Completed", "Cart Updated"][n % 3] ?? "", { total: n }, `user-${n}`);
      await server.send("track", '{"event":"By nobody"}');
      for (let time = 0; time < 2; time++) await server.send("track", '{"event":"Order Paid","userId":"user-1","messageId":"order-1"}');
      await sendHousehold(server);
      await server.api("POST", "/profile-tokens", { name: "Shop server" });
      await server.api("POST", "/person-token-secrets");
      const jane = await ownerOf(server, "user_id:jane");
      const remove = { kind: "remove", profileId: jane.id, identifier: { type: "anonymous_id", value: "laptop" } };
      await server.api("POST", "/identity/operations", { operation: remove, reason: "An old laptop" });
      receiver.status = 400;
      await server.track("Refused by the other side");
      await expect.poll(() => receiver.received.length).toBeGreaterThanOrEqual(14);

      const pages = {
        overview: "/",
        sources: "/sources",
        "new-source": "/sources/new?kind=node",
        "source-setup": `/sources/${source}`,
        "source-ledger": `/sources/${source}?tab=ledger`,
        "source-keys": `/sources/${source}?tab=keys`,
        "source-settings": `/sources/${source}?tab=settings`,
        live: "/live",
        rejected: "/live?view=rejected",
        duplicates: "/duplicates",
        "duplicates-rejected": "/duplicates?view=rejected",
        profiles: "/profiles",
        "profiles-found": "/profiles?query=jane",
        profile: `/profiles/${jane.id}`,
        "profile-events": `/profiles/${jane.id}?tab=events`,
        "profile-identity": `/profiles/${jane.id}?tab=identity&chosen=${encodeURIComponent('["user_id:jane","anonymous_id:tablet"]')}`,
        "profile-accounts": `/profiles/${jane.id}?tab=links`,
        identity: "/identity",
        "identity-versions": "/identity?tab=versions",
        "identity-changes": "/identity?tab=changes",
        destinations: "/destinations",
        "new-destination": "/destinations/new?kind=webhook",
        "connect-test": `/destinations/new?destination=${destination.id}&step=test`,
        "connect-preview": `/destinations/new?destination=${destination.id}&step=preview`,
        delivery: "/delivery",
        "delivery-one": `/delivery?destination=${destination.id}&span=1h`,
        "delivery-custom": `/delivery?destination=${destination.id}&span=${encodeURIComponent(lastDays(3))}`,
        receipts: "/delivery/receipts",
        "receipts-path": "/delivery/receipts?message=order-1",
        queues: "/queues",
        replays: "/replays",
        "replay-form": `/replays?form=new&destination=${destination.id}`,
        destination: `/destinations/${destination.id}`,
        "destination-settings": `/destinations/${destination.id}?tab=settings`,
        "settings-workspace": "/settings/workspace",
        "settings-account": "/settings/account",
        "settings-members": "/settings/members",
        "settings-tokens": "/settings/tokens",
        "settings-oauth": "/settings/oauth",
        "settings-profile-api": "/settings/profile-api",
        "settings-configuration": "/settings/configuration",
        "settings-audit": "/settings/audit",
        "not-found": "/nowhere",
      };
      for (const [title, path] of Object.entries(pages)) {
        await test.step(title, async () => {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
          if (title === "live" || title === "rejected") {
            await page.getByRole("option").first().click();
            await expect(page.getByRole("article")).toBeVisible();
          }
          if (title.startsWith("duplicates")) {
            await expect(page.locator(".u-wrap")).toBeVisible();
            await expectAccessible(page);
            await page.screenshot({ path: `${outputDir}/${title}-page.png`, fullPage: true });
            await page.locator("[data-row-link]").first().click();
            await expect(page.getByRole("article")).toBeVisible();
          }
          if (["overview", "source-ledger"].includes(title)) await expect(page.locator(".u-wrap")).toBeVisible();
          // Fades must be over before contrast is measured.
          await page.waitForTimeout(300);
          await page.screenshot({ path: `${outputDir}/${title}.png` });
          await expectAccessible(page);
          await expectFits(page);
        });
      }
    });

    test(`every page without data teaches the next step: ${name}`, async ({ owner: page, server }, { outputDir }) => {
      await page.goto("/live");
      await expect(page.getByRole("region", { name: "Send one from a terminal" })).toContainText("curl");
      await page.screenshot({ path: `${outputDir}/empty-live.png` });
      await expectAccessible(page);
      await page.goto("/live?view=rejected");
      await expect(page.getByText("Nothing was rejected")).toBeVisible();
      await expectAccessible(page);

      const { destinations } = await server.api<{ destinations: { id: string }[] }>("GET", "/destinations");
      for (const { id } of destinations) await server.api("DELETE", `/destinations/${id}`);
      const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
      for (const { id } of sources) await server.api("DELETE", `/sources/${id}`);
      for (const [path, text] of [
        ["/", "No source yet"],
        ["/duplicates", "No duplicate yet"],
        ["/duplicates?view=rejected", "Nothing was rejected"],
        ["/sources", "No source yet"],
        ["/profiles", "Nobody yet"],
        ["/profiles?query=nobody", "Nobody fits “nobody”"],
        ["/identity?tab=shared", "No shared identifier"],
        ["/identity?tab=changes", "Nothing was changed by hand"],
        ["/settings/profile-api", "No token for profiles yet"],
        ["/destinations", "Nothing is delivered yet"],
        ["/delivery", "Nothing is delivered yet"],
        ["/delivery/receipts", "No receipt yet"],
        ["/queues", "No queue yet"],
        ["/replays", "Nothing was replayed yet"],
        ["/destinations/new?kind=webhook", "A destination needs a source"],
        ["/settings/tokens", "No token yet"],
        ["/settings/oauth", "No OAuth app yet"],
      ] as const) {
        await test.step(path, async () => {
          await page.goto(path);
          await expect(page.getByText(text)).toBeVisible();
          await page.waitForTimeout(300);
          await page.screenshot({ path: `${outputDir}/empty${path.replaceAll(/[/?=]/g, "-")}.png` });
          await expectAccessible(page);
          await expectFits(page);
        });
      }
    });

    test(`the pages before the sign-in are accessible and fit: ${name}`, async ({ page, server }, { outputDir }) => {
      for (const [title, path] of [
        ["sign-in", "/sign-in"],
        ["setup", server.node.setupUrl ?? ""],
        ["setup-incomplete", "/setup"],
      ] as const) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await page.waitForTimeout(300);
        await page.screenshot({ path: `${outputDir}/${title}.png` });
        await expectAccessible(page);
        await expectFits(page);
      }
    });
  });
}

test("dialogs, menus and the palette are accessible", async ({ owner: page, server }) => {
  const { sources } = await server.api<{ sources: { id: string }[] }>("GET", "/sources");
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "Create token" }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.waitForTimeout(300);
  await expectAccessible(page);

  await page.goto(`/sources/${sources[0]?.id}?tab=settings`);
  await page.getByRole("button", { name: "Delete source" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.waitForTimeout(300);
  await expectAccessible(page);

  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByPlaceholder("Find a page, person, source or destination")).toBeVisible();
  await page.waitForTimeout(300);
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: /^Account of/ }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await page.waitForTimeout(300);
  await expectAccessible(page);
});

test("a chosen appearance stays after a reload", async ({ owner: page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
});

test("the first view costs few requests and little script", async ({ owner: page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Throughput" })).toBeVisible();
  const cost = await page.evaluate(() => {
    const scripts = performance
      .getEntriesByType("resource")
      .filter((entry): entry is PerformanceResourceTiming => entry.name.endsWith(".js"));
    return {
      paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      scripts: scripts.length,
      bytes: scripts.reduce((sum, script) => sum + script.transferSize, 0),
    };
  });
  console.log(`first view with an empty cache: ${cost.paintMs.toFixed(0)} ms, ${cost.scripts} scripts, ${(cost.bytes / 1000).toFixed(1)} KB of them`);
  // What makes a page slow anywhere, in figures that do not depend on what else the machine does.
  expect(cost.bytes).toBeGreaterThan(0);
  expect(cost.bytes).toBeLessThan(320_000);
  expect(cost.scripts).toBeLessThan(80);
});
