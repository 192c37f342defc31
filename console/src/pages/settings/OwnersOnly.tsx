import type { ReactNode } from "react";
import { useIsOwner } from "~/app/use-session";
import { Sentence } from "~/components/Sentence";

/** Says who may do what stands here instead of letting the server refuse it. */
export function OwnersOnly({ what, children }: { what: string; children: ReactNode }) {
  return useIsOwner() ? children : <Sentence tone="info" reason={`Only workspace owners ${what}.`} remedy="Ask one of them, or to be made an owner." />;
}
