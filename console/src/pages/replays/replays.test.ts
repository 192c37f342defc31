import { expect, it } from "vitest";
import type { ReplayPreview } from "~/api/delivery-model";
import { toLocalField } from "~/lib/local-time";
import { initialFields, specOf } from "./replay-form";
import { expiredInWords, isWorthStarting, previewInWords, progressInWords, progressOf, replayCall, scopeInWords } from "./replay-words";

const NOW = Date.parse("2026-03-31T12:34:56.000Z");
const fields = { ...initialFields({ destination: "d" }, undefined, NOW) };
const preview: ReplayPreview = { events: 5_000, failures: 12, isComplete: true, firstAt: null, lastAt: null, samples: [], seconds: 50 };

it("the form begins with what failed within the last day", () => {
  expect(specOf(fields)).toEqual({
    spec: { destinationId: "d", startTime: "2026-03-30T13:00:00.000Z", endTime: "2026-03-31T12:34:56.000Z", only: "FAILURES", ratePerSecond: 100 },
  });
});

it("the form begins with the range of the page that leads to it", () => {
  expect(specOf(initialFields({ destination: "d", span: "2026-03-30T08:00:00Z/2026-03-30T09:30:00Z" }, undefined, NOW))).toMatchObject({
    spec: { startTime: "2026-03-30T08:00:00.000Z", endTime: "2026-03-30T09:30:00.000Z" },
  });
});

it("a form that makes no sense says so at its field", () => {
  expect(specOf({ ...fields, destinationId: "", rate: "" })).toEqual({ errors: { destinationId: expect.any(String), rate: expect.any(String) } });
  expect(specOf({ ...fields, to: fields.from })).toEqual({ errors: { to: expect.stringContaining("after the start") } });
  expect(specOf({ ...fields, from: "" })).toEqual({ errors: { from: expect.any(String) } });
  expect(specOf({ ...fields, rate: 100_001 })).toHaveProperty("errors.rate");
  expect(specOf({ ...fields, to: toLocalField(NOW + 1_000), rate: 1 })).toHaveProperty("spec");
});

it("a replay by hand asks for exactly the same", () => {
  const spec = { destinationId: "d", startTime: "2026-03-30T13:00:00.000Z", endTime: "2026-03-31T12:00:00.000Z", only: "FAILURES" as const, eventName: "Signed Up", ratePerSecond: 7 };
  const call = replayCall(spec);
  expect(call.body).toEqual(spec);
  expect(replayCall({ ...spec, only: "EVERYTHING" }).command).not.toContain("--failures");
  expect(replayCall({ ...spec, only: "EXPIRED" }).command?.at(-1)).toBe("--expired");
  expect(call.command?.join(" ")).toBe("replay start --destination d --from 2026-03-30T13:00:00.000Z --to 2026-03-31T12:00:00.000Z --name Signed Up --rate 7 --failures");
});

it("which events are replayed is told in words", () => {
  expect(scopeInWords({ only: "FAILURES", eventType: null, eventName: null })).toBe("What failed");
  expect(scopeInWords({ only: "EVERYTHING", eventType: "track", eventName: "Signed Up" })).toBe("Everything, only track “Signed Up”");
});

it("what ran out of time is told with its days and its place", () => {
  const day = { day: "2026-03-30", events: 1, files: 1, bytes: 9 };
  const place = "s3://bucket/expired";
  expect(expiredInWords({ place, days: [day] })).toBe("1 event of this destination is kept, received on 2026-03-30 (UTC), in s3://bucket/expired.");
  expect(expiredInWords({ place, days: [day, { ...day, day: "2026-03-31", events: 1_999 }] })).toContain("2,000 events of this destination are kept, received from 2026-03-30 to 2026-03-31");
  expect(expiredInWords({ place, days: [] })).toContain("Nothing of this destination");
});

it("a preview says when it did not count to the end", () => {
  expect(previewInWords(preview)).toBe("5,000 events would be sent, of which 12 failed before. It takes about 50 s at this rate.");
  expect(previewInWords({ ...preview, events: 200_000, isComplete: false, failures: 0 })).toBe("At least 200,000 events would be sent: counting stopped there. It takes 50 s or longer at this rate.");
});

it("a replay that found nothing yet can be started where there may be more", () => {
  expect(isWorthStarting({ events: 0, isComplete: true })).toBe(false);
  expect(isWorthStarting({ events: 0, isComplete: false })).toBe(true);
  expect(previewInWords({ ...preview, events: 0 })).toContain("Nothing would be sent");
  expect(previewInWords({ ...preview, events: 0, isComplete: false })).toContain("there may be some later");
});

it("progress ends at the whole, and names what is left only while it runs", () => {
  const replay = { sent: 50, total: 200, state: "RUNNING" as const, ratePerSecond: 10, heldUp: null };
  expect(progressOf(replay)).toBe(0.25);
  expect(progressInWords(replay)).toBe("50 of 200 events sent, about 15 s to go");
  expect(progressInWords({ ...replay, heldUp: "It is away." })).toBe("50 of 200 events sent");
  expect(progressInWords({ ...replay, state: "CANCELLED" })).toBe("50 of 200 events sent");
  expect(progressOf({ sent: 0, total: 0, state: "DONE" })).toBe(1);
  expect(progressOf({ sent: 300, total: 200, state: "RUNNING" })).toBe(1);
});
