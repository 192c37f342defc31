import { useQuery } from "@tanstack/react-query";
import { identityQuery } from "~/api/identity";
import { Sentence } from "~/components/Sentence";
import { plural } from "~/lib/format";

/** Says so while profiles are far behind the events. */
export function CatchingUp() {
  const identity = useQuery(identityQuery).data;
  if (!identity?.isCatchingUp) return null;
  return (
    <Sentence
      tone="info"
      reason={`Profiles are ${plural(identity.behind, "event")} behind and catch up by themselves.`}
      remedy="What stands here was true before those events; nothing of it is lost."
    />
  );
}
