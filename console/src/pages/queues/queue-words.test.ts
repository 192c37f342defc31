import { expect, it } from "vitest";
import { rateInWords, requestsInWords } from "./queue-words";

it("a limit is told only where there is one", () => {
  expect(rateInWords({ ratePerSecond: 2.5, limitPerSecond: null })).toBe("2.5/s");
  expect(rateInWords({ ratePerSecond: 1_200, limitPerSecond: 5_000 })).toBe("1,200/s of 5,000/s");
  expect(requestsInWords({ underWay: 3, concurrency: 10 })).toBe("3 of 10");
});
