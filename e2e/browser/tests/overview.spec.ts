import { expect, test } from "../harness/test";

test("an untouched server teaches how to send, and every number follows what happens", async ({ owner: page, server, receiver }) => {
  const { sources } = await server.api<{ sources: { id: string; name: string }[] }>("GET", "/sources");
  await server.api("POST", "/destinations", { sourceId: sources[0]?.id, metadataId: "webhook", name: "Order events", enabled: true, settings: { url: receiver.url } });
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Terminal" })).toContainText(`curl ${server.url}/v1/track`);

  // Over several seconds, as the page refreshes itself meanwhile.
  for (let n = 0; n < 6; n++) {
    await server.track("Order Completed");
    await page.waitForTimeout(700);
  }
  await server.send("track", '{"event":"By nobody"}');
  const funnel = page.getByRole("region", { name: "From accepted to delivered" });
  await expect(funnel.getByRole("listitem").nth(0)).toContainText("7");
  await expect(funnel.getByRole("listitem").nth(1)).toContainText("1 rejected");
  await expect(funnel.getByRole("listitem").nth(2)).toContainText("6");
  await expect(page.getByRole("table", { name: "Destinations" }).getByRole("row", { name: /^Order events .* 6 0 0$/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Terminal" })).toHaveCount(0);

  await funnel.getByRole("link", { name: "1 rejected" }).click();
  await expect(page).toHaveURL(/duplicates\?view=rejected/);
  await expect(page.getByRole("table", { name: "Rejected messages" })).toContainText("neither a userId nor an anonymousId");
});
