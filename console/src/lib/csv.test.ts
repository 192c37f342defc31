import { expect, it } from "vitest";
import { toCsv } from "./csv";

it("quotes what would break a row and leaves the rest alone", () => {
  expect(toCsv([["a", 1, null], ['say "hi"', "x,y", "two\nlines"]])).toBe('a,1,\r\n"say ""hi""","x,y","two\nlines"');
});

it("an event named like a formula stays text in a spreadsheet, a negative number stays a number", () => {
  expect(toCsv([["=HYPERLINK(1)", -5, "@x"]], "\t")).toBe("'=HYPERLINK(1)\t-5\t'@x");
});
