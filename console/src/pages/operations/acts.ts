import type { Identifier, Operation, OperationEntry } from "~/api/model";
import { nameOf } from "~/api/people";
import { plural } from "~/lib/format";

/** Something a person may do to who is who, with the words for it. */
export interface Act {
  operation: Operation;
  /** The button's words and the dialog's title. */
  title: string;
  /** What it means, whatever it would do now. */
  meaning: string;
  /** The words after `primedata` that do the same. */
  command: string[];
}

const input = ({ collection, type, value }: Identifier) => ({ collection: collection === "accounts" ? ("accounts" as const) : ("users" as const), type, value });

export const removeAct = (profileId: string, identifier: Identifier): Act => ({
  operation: { kind: "remove", profileId, identifier: input(identifier) },
  title: "Remove identifier",
  meaning:
    "Nobody is found by it until an event names it again, and then it begins anew. Events, traits and merges stay with the profile.",
  command: ["profile", "remove", profileId, nameOf(identifier)],
});

export const splitAct = (profileId: string, identifiers: Identifier[]): Act => ({
  operation: { kind: "split", profileId, identifiers: identifiers.map(input) },
  title: identifiers.length === 1 ? "Split off identifier" : `Split off ${plural(identifiers.length, "identifier")}`,
  meaning: "They leave the profile together with their events and traits, and never meet those that stay again, whatever events say.",
  command: ["profile", "unmerge", profileId, ...identifiers.map(nameOf)],
});

export const apartAct = (left: Identifier[], right: Identifier[]): Act => ({
  operation: { kind: "apart", left: left.map(input), right: right.map(input) },
  title: "Keep apart",
  meaning: "They are never one, in all of history and in what comes. What else goes with which of them, the other events decide.",
  command: ["profile", "apart", ...left.flatMap((each) => ["--left", nameOf(each)]), ...right.flatMap((each) => ["--right", nameOf(each)])],
});

export const disregardAct = (identifiers: Identifier[]): Act => ({
  operation: { kind: "disregard", identifiers: identifiers.map(input) },
  title: "Disregard such events",
  meaning: "Events with exactly these identifiers join nothing any more, in all of history and in what comes. They stay events of whom they name.",
  command: ["profile", "disregard", ...identifiers.map(nameOf)],
});

export const releaseAct = (identifier: Identifier): Act => ({
  operation: { kind: "release", identifier: input(identifier) },
  title: "Release identifier",
  meaning: "It joins people again, in all of history, as if it had never been taken for a shared one.",
  command: ["identity", "release", nameOf(identifier)],
});

export const undoAct = (entry: Pick<OperationEntry, "number">): Act => ({
  operation: { kind: "undo", number: entry.number },
  title: `Undo ${entry.number}`,
  meaning: "As if it had never been done. It stays in the list of changes, as undone.",
  command: ["profile", "undo", String(entry.number)],
});

/** The command that carries it out, with the reason. */
export const commandOf = (act: Act, reason: string): string[] => [...act.command, "--yes", ...(reason ? ["--reason", reason] : [])];
