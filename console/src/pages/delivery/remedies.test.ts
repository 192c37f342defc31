import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CODES_WITH_REMEDY, remedyOf } from "./remedies";

/** Published for the sake of programs that know them from Segment, and given by nothing here. */
const NEVER_SENT = ["FILTERED_BY_RULES", "FILTERED_BY_END_USER_CONSENT", "FUNCTIONS_LOCK_OUT", "FAILED_DATA_ENCRYPTION", "INVALID_AUTHENTICATION"];

it("every code that the server sends has a remedy of its own, and no other has one", () => {
  const published = readFileSync(join(import.meta.dirname, "../../../../crates/delivery/destination/src/code.rs"), "utf8");
  const codes = [...published.matchAll(/^pub const [A-Z_]+: &str = "([A-Z_]+)";$/gm)].map((found) => found[1] as string);
  expect(codes).toEqual(expect.arrayContaining([...NEVER_SENT, "ECONNABORTED"]));
  const sent = codes.filter((code) => !NEVER_SENT.includes(code));
  expect([...CODES_WITH_REMEDY].sort()).toEqual(sent.sort());
});

it("a reason that nobody foresaw has a remedy too", () => {
  expect(remedyOf("failed", "503")).toContain("trouble is at the destination");
  expect(remedyOf("failed", "422")).toContain("does not take this request");
  expect(remedyOf("failed", "SOMETHING_ELSE")).toContain("what came back");
  expect(remedyOf("filtered", "SOMETHING_ELSE")).toContain("Nothing is to be done");
});

it("what is filtered is never told to be replayed", () => {
  for (const code of ["FILTERED_BY_INTEGRATIONS_OBJECT", "MESSAGE_SENT_CLIENT_SIDE", "UNSUPPORTED_EVENT_TYPE", "NO_MATCHING_MAPPING", "FILTERED_AT_MAPPING", "X"])
    expect(remedyOf("filtered", code)).not.toContain("replay");
});

it("what waited when its destination was switched off is replayed as a failure", () => {
  expect(remedyOf("failed", "DESTINATION_DISABLED")).toBe("Switch the destination on, then replay just the failures.");
});
