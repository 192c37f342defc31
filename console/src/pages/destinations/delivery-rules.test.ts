import { expect, it } from "vitest";
import { ApiProblem } from "~/api/problem";
import { fieldsOf, rulesCall, rulesOf } from "./delivery-rules";
import { fieldErrors } from "./field-errors";

it("rules come back from the form as they went in", () => {
  for (const rules of [
    { inOrder: true, eventsPerSecondMax: null },
    { inOrder: false, eventsPerSecondMax: 1 },
    { inOrder: false, eventsPerSecondMax: 4_294_967_295 },
  ])
    expect(rulesOf(fieldsOf(rules))).toEqual(rules);
});

it("an empty rate takes the limit back", () => {
  expect(rulesOf({ inOrder: true, rate: "" })).toEqual({ inOrder: true, eventsPerSecondMax: null });
  expect(rulesOf({ inOrder: true, rate: " " })).toEqual({ inOrder: true, eventsPerSecondMax: null });
});

it("a rate that is no whole number of events is not sent", () => {
  for (const rate of [0, -1, 1.5, "-", 4_294_967_296]) expect(rulesOf({ inOrder: false, rate })).toBeNull();
});

it("rules by hand are the same rules, none where there is no limit", () => {
  const call = rulesCall("d", { inOrder: true, eventsPerSecondMax: 50 });
  expect(call.body).toEqual({ delivery: { inOrder: true, eventsPerSecondMax: 50 } });
  expect(call.command?.join(" ")).toBe("destination update d --in-order true --events-per-second 50");
  expect(rulesCall("d", { inOrder: false, eventsPerSecondMax: null }).command?.join(" ")).toBe("destination update d --in-order false --events-per-second none");
});

it("a refusal stands at the field it is about, in its own form only", () => {
  const refusal = new ApiProblem(422, "invalid", "Send at least 1 event a second.", "delivery.eventsPerSecondMax");
  expect(fieldErrors(refusal, "delivery")).toEqual({ eventsPerSecondMax: "Send at least 1 event a second." });
  expect(fieldErrors(refusal)).toEqual({});
  expect(fieldErrors(new ApiProblem(422, "invalid", "No address.", "settings.moreUrls[1]"))).toEqual({ moreUrls: "No address." });
});
