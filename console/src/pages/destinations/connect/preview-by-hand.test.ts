import { expect, it } from "vitest";
import { commandOf } from "~/components/ByHand";
import { previewCall } from "./preview-by-hand";

it("the command previews the event that is chosen, and the newest one where none is", () => {
  expect(commandOf(previewCall("d", undefined).command ?? [])).toBe("primedata destination preview d");
  expect(previewCall("d", undefined).body).toEqual({});
  expect(commandOf(previewCall("d", "m 1").command ?? [])).toBe("primedata destination preview d --message-id 'm 1'");
  expect(previewCall("d", "m 1").body).toEqual({ messageId: "m 1" });
});
