import { expect, it } from "vitest";
import { fromLocalField, toLocalField } from "./local-time";

it("a moment survives the field in which it is typed", () => {
  expect(fromLocalField(toLocalField("2026-03-04T05:06:07.000Z"))).toBe("2026-03-04T05:06:07.000Z");
  expect(toLocalField(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe("2026-01-02T03:04:05");
});

it("a field that is not filled holds no moment", () => {
  expect(fromLocalField("")).toBeUndefined();
});
