import { expect, it } from "vitest";
import type { Destination } from "~/api/model";
import { stepBeside, stepShown, stepsFor } from "./connect-steps";

const kind = (id: string) => ({ id }) as Destination["metadata"];
const steps = stepsFor(kind("webhook"));

it("an archive has no request to preview", () => {
  expect(steps).toEqual(["settings", "test", "preview", "enable"]);
  expect(stepsFor(kind("archive"))).toEqual(["settings", "test", "enable"]);
});

it("nothing can be tested before it is created, whatever the address says", () => {
  expect(stepShown(steps, "preview", false)).toBe("settings");
  expect(stepShown(steps, "preview", true)).toBe("preview");
  expect(stepShown(stepsFor(kind("archive")), "preview", true)).toBe("settings");
});

it("each step leads to the one before and the one after", () => {
  expect(stepBeside(steps, "test", 1)).toBe("preview");
  expect(stepBeside(stepsFor(kind("archive")), "enable", -1)).toBe("test");
  expect(stepBeside(steps, "settings", -1)).toBeUndefined();
  expect(stepBeside(steps, "enable", 1)).toBeUndefined();
});
