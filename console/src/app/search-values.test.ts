import { expect, it } from "vitest";
import { oneOf, text, wholeNumber } from "./search-values";

it("a value of the address that makes no sense is as if it were not there", () => {
  expect([text("ann"), text(7), text(""), text(["ann"]), text(null)]).toEqual(["ann", "7", undefined, undefined, undefined]);
  expect([oneOf(["a", "b"], "b"), oneOf(["a", "b"], "c")]).toEqual(["b", undefined]);
  expect([wholeNumber(3), wholeNumber("3"), wholeNumber(0)]).toEqual([3, 3, 0]);
  for (const value of [-1, 1.5, "first", "", " ", null, true, [3], Number.NaN]) expect(wholeNumber(value)).toBeUndefined();
});
