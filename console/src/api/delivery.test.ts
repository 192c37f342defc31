import { expect, it } from "vitest";
import { stringifyExact } from "~/lib/exact-json";
import { previewOf, receiptOf } from "./delivery";

it("a preview keeps the event's numbers to the last digit", () => {
  const text = `{"data":{"preview":{"event":{"properties":{"id":12345678901234567890}},"messageId":"m","filtered":null,"problem":null,"request":null}}}`;
  const preview = previewOf(text);
  expect(preview.messageId).toBe("m");
  expect(preview.event && stringifyExact(preview.event)).toContain("12345678901234567890");
});

it("a preview of no event has none", () => {
  expect(previewOf(`{"data":{"preview":{"event":null,"messageId":null,"filtered":null,"problem":null,"request":null}}}`).event).toBeNull();
});

it("a receipt keeps the numbers of its event to the last digit, and may have none", () => {
  const answer = (event: string) => `{"data":{"receipt":{"id":"r"},"attempts":[],"event":${event}}}`;
  const { event, receipt } = receiptOf(answer(`{"messageId":"m","payload":{"id":12345678901234567890}}`));
  expect([event?.messageId, receipt.id]).toEqual(["m", "r"]);
  expect(event && stringifyExact(event.payload)).toContain("12345678901234567890");
  expect(receiptOf(answer("null")).event).toBeNull();
});
