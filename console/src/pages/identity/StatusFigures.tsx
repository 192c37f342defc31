import { useQuery } from "@tanstack/react-query";
import { identityQuery } from "~/api/identity";
import { Figure, Figures } from "~/components/Figures";
import { Sentence } from "~/components/Sentence";
import { problemFrom } from "~/api/problem";
import { formatBytes, formatCount, plural } from "~/lib/format";

/** How much there is, and how far it follows the events. */
export function StatusFigures() {
  const query = useQuery(identityQuery);
  const { data } = query;
  if (!data && query.isError) return <Sentence tone="bad" reason={problemFrom(query.error).message} announce />;
  return (
    <Figures loading={!data}>
      <Figure term="Profiles" note={data ? "people and accounts" : ""}>
        {data ? formatCount(data.profiles) : "…"}
      </Figure>
      <Figure term="Identifiers" note={data ? `${formatCount(data.quarantined)} shared ones` : ""}>
        {data ? formatCount(data.identifiers) : "…"}
      </Figure>
      <Figure term="Behind" note={data ? (data.behind === 0 ? "everything is taken" : "events not taken yet") : ""}>
        {data ? formatCount(data.behind) : "…"}
      </Figure>
      <Figure term="In memory" note={data ? `${formatBytes(data.diskBytes)} on disk` : ""}>
        {data ? formatBytes(data.memoryBytes) : "…"}
      </Figure>
      <Figure term="Rules" note={data ? `${plural(data.beyondHorizon, "event")} too late` : ""}>
        {data ? `Version ${data.rulesVersion}` : "…"}
      </Figure>
    </Figures>
  );
}
