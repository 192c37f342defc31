import { expect, it } from "vitest";
import type { EventState, Receipt } from "~/api/delivery-model";
import type { Destination } from "~/api/model";
import { pathSteps, receiptInWords, receiptRemedy, withoutReceipt } from "./path-steps";

const receipt = (over: Partial<Receipt>): Receipt => ({
  id: "r1",
  sourceId: "s",
  destinationId: "d1",
  subscriptionId: null,
  replay: 0,
  partition: 0,
  offset: 7,
  messageId: "m",
  eventType: "track",
  eventName: "Signed Up",
  appVersion: "",
  userId: null,
  anonymousId: null,
  receivedAt: "2026-03-31T11:00:00.000Z",
  at: "2026-03-31T11:00:01.000Z",
  state: "delivered",
  code: null,
  reason: null,
  retries: 0,
  attemptsTotal: 1,
  latencyMs: 1_400,
  lastAttempt: null,
  ...over,
});
const destination = (id: string, over: { enabled?: boolean; kind?: string; sourceId?: string } = {}) =>
  ({ id, name: `To ${id}`, sourceId: over.sourceId ?? "s", enabled: over.enabled ?? true, metadata: { id: over.kind ?? "webhook" } }) as Destination;

it("every destination of the source stands in the path, with or without a receipt", () => {
  const destinations = [destination("d1"), destination("d2"), destination("d3", { enabled: false }), destination("files", { kind: "archive" }), destination("other", { sourceId: "t" })];
  const states = new Map<string, EventState>([
    ["d2", { state: "delivered", sentence: "The destination took it. No receipt of this delivery is kept.", receiptId: null }],
    ["d3", { state: "notSent", sentence: "The destination is switched off, and it was not sent.", receiptId: null }],
  ]);
  const steps = pathSteps(undefined, [receipt({})], destinations, () => "Shop", states);
  expect(steps.map((step) => [step.title, step.state])).toEqual([
    ["Received", "Accepted"],
    ["Processed", "An event"],
    ["To d1", "Delivered"],
    ["To d2", "Delivered"],
    ["To d3", "Not sent"],
    ["To files", "Kept in files"],
  ]);
  expect(steps.at(-2)?.sentence).toBe("The destination is switched off, and it was not sent.");
});

it("a replay is a step of its own, after the first delivery", () => {
  const steps = pathSteps(undefined, [receipt({ id: "r2", replay: 3 }), receipt({ state: "failed", code: "400", reason: "Refused." })], [destination("d1")], () => "Shop", new Map());
  expect(steps.slice(2).map((step) => [step.title, step.state])).toEqual([
    ["To d1", "Failed"],
    ["To d1, replay 3", "Delivered"],
  ]);
});

it("of a message that nobody knows there is no path", () => {
  expect(pathSteps(undefined, [], [destination("d1")], () => "Shop", new Map())).toEqual([]);
});

it("a destination whose first delivery only a replay's receipt follows is asked for its state, an archive is not", () => {
  const destinations = [destination("d1"), destination("d2"), destination("files", { kind: "archive" }), destination("other", { sourceId: "t" })];
  expect(withoutReceipt("s", [receipt({ replay: 3 }), receipt({ destinationId: "d2" })], destinations).map(({ id }) => id)).toEqual(["d1"]);
});

it("a receipt is told in a sentence, with what to do where something went wrong", () => {
  expect(receiptInWords(receipt({ retries: 2 }))).toBe("The destination took it at attempt 3, 1.4 s after it arrived.");
  expect(receiptInWords(receipt({ state: "retrying", reason: "It answered 503." }))).toBe("It answered 503.");
  expect(receiptRemedy({ state: "retrying", code: "503" })).toContain("tried again by itself");
  expect(receiptRemedy({ state: "delivered", code: null })).toBeUndefined();
  expect(receiptRemedy({ state: "failed", code: "401" })).toContain("credentials");
});
