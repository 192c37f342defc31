import { expect, it } from "vitest";
import { localPath } from "./local-path";

it("keeps a page of this console with its filters", () => {
  expect(localPath("/live?type=track#x")).toBe("/live?type=track#x");
});

it("never leads to another site after signing in", () => {
  for (const wanted of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", undefined, "\t//evil.example"])
    expect(localPath(wanted), String(wanted)).toBe("/");
});
