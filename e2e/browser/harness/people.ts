import { expect } from "@playwright/test";
import type { Server } from "./server";

/** What was sent last, so that later calls come later. */
let clock = Date.parse("2026-03-01T10:00:00.000Z");

/** Sends a call at a time of its own, a minute after the one before. */
async function call(server: Server, path: string, body: Record<string, unknown>) {
  clock += 60_000;
  const response = await server.send(path, JSON.stringify({ timestamp: new Date(clock).toISOString(), ...body }));
  expect(response.status).toBe(200);
}

/**
 * Jane on her laptop and on a tablet that she shares with Tom, and the company of both.
 *
 * The tablet goes with Jane, who was the first to sign in on it.
 */
export async function sendHousehold(server: Server) {
  await call(server, "identify", { userId: "jane", anonymousId: "laptop", traits: { name: "Jane Doe", email: "jane@example.com" } });
  await call(server, "track", { anonymousId: "tablet", event: "Product Viewed", properties: { sku: "A-1" } });
  await call(server, "identify", { userId: "jane", anonymousId: "tablet", traits: { plan: "pro" } });
  await call(server, "track", { userId: "jane", anonymousId: "tablet", event: "Order Completed", properties: { total: 99.5 } });
  await call(server, "identify", { userId: "tom", anonymousId: "tablet", traits: { name: "Tom Doe", email: "tom@example.com" } });
  await call(server, "group", { userId: "jane", groupId: "acme", traits: { name: "Acme Corporation" } });
  await expect.poll(async () => (await found(server, "user_id:tom")).length).toBe(1);
  await expect.poll(async () => (await found(server, "acme")).length).toBe(1);
}

async function found(server: Server, query: string) {
  return (await server.api<{ profiles: { id: string }[] }>("GET", `/profiles?query=${encodeURIComponent(query)}`)).profiles;
}

/** Whose an identifier is. */
export async function ownerOf(server: Server, name: string): Promise<{ id: string; label: string }> {
  return (await server.api<{ profile: { id: string; label: string } }>("GET", `/profiles/${encodeURIComponent(name)}`)).profile;
}

/** How many profiles there are. */
export async function profilesOf(server: Server): Promise<number> {
  return (await server.api<{ identity: { profiles: number } }>("GET", "/identity")).identity.profiles;
}
