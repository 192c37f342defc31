import { expect, it } from "vitest";
import { noteOf, rateInWords, requestsInWords, statusOf } from "./queue-words";

const NOW = Date.parse("2026-03-31T12:00:00.000Z");

it("a limit is told only where there is one", () => {
  expect(rateInWords({ ratePerSecond: 2.5, limitPerSecond: null })).toBe("2.5/s");
  expect(rateInWords({ ratePerSecond: 1_200, limitPerSecond: 5_000 })).toBe("1,200/s of 5,000/s");
  expect(requestsInWords({ underWay: 3, concurrency: 10 })).toBe("3 of 10");
});

it("a queue in which nothing waits is up to date only while it is sent to", () => {
  expect(statusOf({ circuit: "CLOSED", waiting: 0 }).words).toBe("Up to date");
  expect(statusOf({ circuit: "CLOSED", waiting: 1 }).words).toBe("Delivering");
  expect(statusOf({ circuit: "OPEN", waiting: 0 }).words).toBe("Stopped");
});

it("a queue that goes as usual is not spoken of", () => {
  expect(noteOf({ circuit: "CLOSED", circuitUntil: null, reason: null }, "Orders", NOW)).toBeNull();
});

it("a queue that is held up is named with the server's reason, what to do, and when it is tried again", () => {
  const open = { circuit: "OPEN" as const, circuitUntil: "2026-03-31T12:00:40.000Z", reason: "Too many requests failed." };
  expect(noteOf(open, "Orders", NOW)).toEqual({
    tone: "bad",
    reason: "Orders: Too many requests failed.",
    remedy: "Events wait. Put the receiver or the settings right; delivery then goes on by itself. The next attempt is in 40 s.",
  });
  expect(noteOf(open, "Orders", NOW + 60_000)?.remedy).not.toContain("next attempt");
  expect(noteOf({ ...open, reason: null }, "Orders", NOW)?.reason).toBe("Orders: Stopped.");
});

it("a queue that is sent to with events to try again is a warning", () => {
  expect(noteOf({ circuit: "CLOSED", circuitUntil: null, reason: "3 events wait for another attempt." }, "Orders", NOW)).toMatchObject({ tone: "warn", reason: "Orders: 3 events wait for another attempt." });
});
