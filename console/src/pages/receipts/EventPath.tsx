import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { eventStateQuery, messageReceiptsQuery } from "~/api/delivery";
import { recentEvents } from "~/api/live";
import { destinationsQuery, sourcesQuery } from "~/api/queries";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { Words } from "~/components/Words";
import classes from "./EventPath.module.css";
import { type PathStep, pathSteps, withoutReceipt } from "./path-steps";

/** Where one event went: each step from its arrival to every destination, with a sentence. */
export function EventPath({ messageId }: { messageId: string }) {
  const receipts = useQuery(messageReceiptsQuery(messageId));
  const event = useQuery({
    queryKey: ["live", "event", messageId],
    queryFn: async () => (await recentEvents({ messageId, limit: 1 }))[0] ?? null,
  });
  const destinations = useQuery(destinationsQuery).data ?? [];
  const sources = useQuery(sourcesQuery).data;
  const found = event.data ?? undefined;
  const untold = found && receipts.data ? withoutReceipt(found.sourceId, receipts.data, destinations) : [];
  const told = useQueries({ queries: untold.map(({ id }) => eventStateQuery(id, found?.offset ?? 0)) });
  const states = new Map(untold.flatMap(({ id }, place) => (told[place]?.data ? [[id, told[place].data] as const] : [])));
  const isAsking = told.some((query) => query.isPending);
  const sourceName = (id: string) => sources?.find((source) => source.id === id)?.name ?? "a source that was deleted";
  return (
    <QueryView query={receipts}>
      {(all) => {
        const steps = pathSteps(found, all, destinations, sourceName, states);
        if (isAsking || event.isPending) return <div aria-busy="true" />;
        if (steps.length === 0)
          return (
            <Sentence
              tone="warn"
              reason="Nothing is known of a message with this id."
              remedy="Ids are compared letter by letter. It may be among the duplicates or the rejected messages, or no longer be kept."
              action={
                <Link to="/duplicates" search={{ message: messageId }}>
                  Look among the duplicates
                </Link>
              }
            />
          );
        return (
          <ol className={classes.path} aria-label="Path of the event">
            {steps.map((step) => (
              <Step key={step.key} step={step} />
            ))}
          </ol>
        );
      }}
    </QueryView>
  );
}

function Step({ step }: { step: PathStep }) {
  return (
    <li className={classes.step}>
      <span className={classes.mark} style={{ background: `var(--pd-${step.tone}-dot)` }} aria-hidden />
      <div className={classes.head}>
        {step.title}
        <StatusDot tone={step.tone}>{step.state}</StatusDot>
        {step.at && (
          <span className={classes.when}>
            <TimeAgo time={step.at} />
          </span>
        )}
      </div>
      <p className={classes.said}>
        <Words>{step.sentence}</Words>
      </p>
      {step.remedy && (
        <p className={classes.remedy}>
          <Words>{step.remedy}</Words>
        </p>
      )}
      {(step.receiptId || step.event) && (
        <div className={classes.links}>
          {step.receiptId && (
            <Link to="/delivery/receipts" search={(known) => ({ ...known, open: step.receiptId })} aria-label={`See the attempts at ${step.title}`}>
              See the attempts
            </Link>
          )}
          {step.event && (
            <Link to="/live" search={{ open: step.event }}>
              See the event
            </Link>
          )}
        </div>
      )}
    </li>
  );
}
