import { expect, it } from "vitest";
import { apartAct, commandOf, splitAct, undoAct } from "./acts";

const jane = { collection: "users", type: "email", value: "jane@example.com" };
const tablet = { collection: "users", type: "anonymous_id", value: "tablet" };

it("a split names who leaves, in words, as a call and as a command", () => {
  const act = splitAct("use_1", [jane, tablet]);
  expect(act.title).toBe("Split off 2 identifiers");
  expect(act.operation).toEqual({ kind: "split", profileId: "use_1", identifiers: [jane, tablet] });
  expect(commandOf(act, "a shared tablet")).toEqual([
    "profile",
    "unmerge",
    "use_1",
    "email:jane@example.com",
    "anonymous_id:tablet",
    "--yes",
    "--reason",
    "a shared tablet",
  ]);
});

it("keeping apart has two sides, and an undo the number of what it takes back", () => {
  expect(apartAct([jane], [tablet]).command).toEqual(["profile", "apart", "--left", "email:jane@example.com", "--right", "anonymous_id:tablet"]);
  expect(commandOf(undoAct({ number: 7 }), "")).toEqual(["profile", "undo", "7", "--yes"]);
});
