import AxeBuilder from "@axe-core/playwright";
import { test as base, type ConsoleMessage, expect, type Page } from "@playwright/test";
import { Receiver } from "./receiver";
import { Server } from "./server";

export const PERSON = { name: "Ada Example", email: "ada@example.com", password: "correct horse battery" };

interface Fixtures {
  server: Server;
  /** A webhook's other side. */
  receiver: Receiver;
  /** Refusals that this test provokes on purpose, by status. Chromium writes each to the console. */
  refusals: number[];
  /** Signed in as the owner of a fresh workspace. */
  owner: Page;
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    await receiver.stop();
  },
  refusals: [[], { option: true }],
  baseURL: async ({ server }, use) => use(server.url),
  page: async ({ page, context, refusals }, use) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !isExpected(message, refusals)) problems.push(`${message.text()} ${message.location().url}`);
    });
    await use(page);
    expect(problems, "the browser's console stays clean").toEqual([]);
  },
  owner: async ({ page, server }, use) => {
    const token = new URL(server.node.setupUrl ?? "").searchParams.get("token");
    const answer = await page.request.post("/api/v1/setup", {
      headers: { "X-PrimeData-Csrf": "1", Origin: server.url },
      data: { token, ...PERSON, workspaceName: "Example Shop" },
    });
    expect(answer.status(), await answer.text()).toBe(200);
    await use(page);
  },
});

function isExpected(message: ConsoleMessage, refusals: number[]): boolean {
  const { url } = message.location();
  const status = Number(/status of (\d+)/.exec(message.text())?.[1]);
  // Asking whether somebody is signed in is answered 401 when nobody is.
  return (status === 401 && url.endsWith("/api/v1/session")) || refusals.includes(status);
}

/** Axe finds nothing to complain about on what is shown now. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join("\n")}`);
  // Soft, so that one run tells of every page.
  expect.soft(found).toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectFits(page: Page) {
  const { content, window } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
  expect(content, "the page does not scroll sideways").toBeLessThanOrEqual(window);
}

export { expect };
