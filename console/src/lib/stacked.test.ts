import { expect, it } from "vitest";
import { stacked } from "./stacked";

it("each layer stands on those before it, and the last one on all", () => {
  expect(stacked([[5, 0, 1], [1, 0, 0], [0, 2, 3]])).toEqual([
    [5, 0, 1],
    [6, 0, 1],
    [6, 2, 4],
  ]);
  expect(stacked([])).toEqual([]);
});
