import { describe, expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration, formatRate, plural, shortenMiddle, slugOf } from "./format";

describe("numbers and times as people read them", () => {
  it("says how long ago in one unit, and what lies ahead as ahead", () => {
    const now = Date.parse("2026-01-01T12:00:00Z");
    expect(formatAgo("2026-01-01T12:00:00Z", now)).toBe("now");
    expect(formatAgo("2026-01-01T11:59:48Z", now)).toBe("12 s ago");
    expect(formatAgo("2026-01-01T11:00:01Z", now)).toBe("59 min ago");
    expect(formatAgo("2025-12-30T11:00:00Z", now)).toBe("2 d ago");
    expect(formatAgo("2026-01-01T12:03:00Z", now)).toBe("in 3 min");
  });

  it("says short lengths of time in milliseconds", () => {
    expect([4, 999, 1_400, 60_000].map(formatDuration)).toEqual(["4 ms", "999 ms", "1.4 s", "1 min"]);
  });

  it("gives bytes and rates their unit without false precision", () => {
    expect(formatBytes(0)).toBe("0 B");
    expect(formatBytes(1_500)).toBe("1.5 KB");
    expect(formatBytes(64_000_000)).toBe("64 MB");
    expect(formatRate(0)).toBe("0");
    expect(formatRate(0.25)).toBe("0.3");
    expect(formatRate(12_345.6)).toBe("12.3K");
  });

  it("counts in the right grammatical number", () => {
    expect(plural(1, "event")).toBe("1 event");
    expect(plural(1200, "event")).toBe("1,200 events");
  });

  it("shortens a long id in the middle and leaves a short one alone", () => {
    expect(shortenMiddle("short-id")).toBe("short-id");
    expect(shortenMiddle("0123456789abcdefghij")).toBe("0123456…defghij");
  });

  it("makes a slug the server accepts from any name", () => {
    expect(slugOf("  Café & Shop (web)  ")).toBe("cafe-shop-web");
    expect(slugOf("日本")).toBe("");
  });
});
