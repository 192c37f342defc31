import { expect, it } from "vitest";
import { apiFilter, isFiltered, listCall, NO_FILTER } from "./receipts-by-hand";

it("the command line is shown only where it finds the same receipts", () => {
  expect(listCall({ user: "ann", state: "failed" })).toEqual({
    method: "GET",
    path: "/delivery/receipts?userId=ann&state=failed",
    command: ["delivery", "receipts", "--user", "ann", "--state", "failed"],
  });
  expect(listCall({ type: "track" }).command).toBeUndefined();
  expect(listCall({ user: "ann" }, { startTime: "2026-03-31T11:00:00.000Z" }).command).toBeUndefined();
  expect(listCall({ user: "ann" }, { startTime: "2026-03-31T11:00:00Z", endTime: "2026-03-31T12:00:00Z" }).path).toBe(
    "/delivery/receipts?userId=ann&startTime=2026-03-31T11%3A00%3A00Z&endTime=2026-03-31T12%3A00%3A00Z",
  );
});

it("a replay is a filter by its number, and so are first deliveries", () => {
  expect(listCall({ replay: 3, state: "failed" })).toEqual({
    method: "GET",
    path: "/delivery/receipts?replayId=3&state=failed",
    command: ["delivery", "receipts", "--replay", "3", "--state", "failed"],
  });
  expect(apiFilter({ replay: 0 })).toEqual({ replayId: 0 });
  expect(isFiltered({ replay: 0 })).toBe(true);
  expect(isFiltered({ replay: 3, ...NO_FILTER })).toBe(false);
});

it("what is open is no filter", () => {
  expect(isFiltered({ open: "r1" })).toBe(false);
  expect(isFiltered({ open: "r1", code: "400" })).toBe(true);
  expect(apiFilter({ open: "r1", code: "400" })).toEqual({ code: "400" });
  expect(isFiltered({ code: "400", span: "1h", name: "A", ...NO_FILTER })).toBe(false);
});
