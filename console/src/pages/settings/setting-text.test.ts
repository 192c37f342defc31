import { expect, it } from "vitest";
import { environmentVariable, shownValue } from "./setting-text";

it("names the variable that overrides a setting", () => {
  expect(environmentVariable("node.data_dir")).toBe("PRIMEDATA_NODE__DATA_DIR");
});

it("shows text bare and everything else as the file has it", () => {
  expect(shownValue("data")).toBe("data");
  expect(shownValue(["collect", "process"])).toBe('["collect","process"]');
  expect(shownValue(30)).toBe("30");
});
