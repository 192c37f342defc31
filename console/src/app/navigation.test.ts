import { expect, it } from "vitest";
import { placeOf } from "./navigation";

it("a page belongs to the nearest place above it", () => {
  expect(placeOf("/")).toBe("/");
  expect(placeOf("/delivery")).toBe("/delivery");
  expect(placeOf("/delivery/receipts")).toBe("/delivery/receipts");
  expect(placeOf("/destinations/new")).toBe("/destinations");
  expect(placeOf("/settings/audit")).toBe("/settings");
  expect(placeOf("/nowhere")).toBeUndefined();
});
