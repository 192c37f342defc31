import type { Collection, FoundProfile } from "~/api/model";
import { shortenMiddle } from "~/lib/format";

/** Why somebody is in a list. */
export function foundInWords(found: FoundProfile["found"]): string {
  switch (found.by) {
    case "identifier":
      return `${found.type} ${shortenMiddle(found.value, 28)}`;
    case "trait":
      return `${found.name} “${shortenMiddle(found.value, 28)}”`;
    case "profile_id":
      return "profile id";
    case "recent":
      return "newest events";
  }
}

export const COLLECTION_WORDS: Record<Collection, { one: string; links: string }> = {
  users: { one: "Person", links: "Accounts" },
  accounts: { one: "Account", links: "Members" },
};

/** The words of a collection; an answer's text is not yet known to be one. */
export const wordsOf = (collection: string) => COLLECTION_WORDS[collection === "accounts" ? "accounts" : "users"];
