import { IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { queuesQuery } from "~/api/delivery";
import type { DeliveryQueue } from "~/api/delivery-model";
import { destinationsQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { Figure, Figures } from "~/components/Figures";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount, formatRate, plural, shortenMiddle } from "~/lib/format";
import { useNow } from "~/lib/use-now";
import { noteOf, rateInWords, requestsInWords, statusOf } from "./queue-words";
import classes from "./QueuesPage.module.css";

/** What waits for each destination, and how quickly it goes out. */
export default function QueuesPage() {
  const query = useQuery(queuesQuery);
  const destinations = useQuery(destinationsQuery).data;
  const nameOf = useMemo(() => {
    const names = new Map(destinations?.map((each) => [each.id, each.name]));
    return (id: string) => names.get(id) ?? shortenMiddle(id, 10);
  }, [destinations]);
  return (
    <Page
      title="Queues"
      description="What waits for each destination that is switched on. One that is slow or away keeps its own events waiting, and nobody else's."
      width="wide"
      actions={<ByHand call={{ method: "GET", path: "/delivery/queues", command: ["delivery", "queues"] }} />}
    >
      <QueryView query={query}>
        {(queues) =>
          queues.length === 0 ? (
            <Panel flush>
              <EmptyState icon={IconStack2} title="No queue yet" action={<LinkButton to="/destinations">See destinations</LinkButton>}>
                Each destination that is switched on has a queue of its own, archives aside: how much waits, since when, how quickly it goes out, and whether the
                destination takes it.
              </EmptyState>
            </Panel>
          ) : (
            <Queues queues={queues} nameOf={nameOf} />
          )
        }
      </QueryView>
    </Page>
  );
}

function Queues({ queues, nameOf }: { queues: DeliveryQueue[]; nameOf: (id: string) => string }) {
  const columns = useMemo(() => columnsOf(nameOf), [nameOf]);
  const sum = (value: (queue: DeliveryQueue) => number) => queues.reduce((total, queue) => total + value(queue), 0);
  const oldest = queues.reduce<string | null>((known, { oldestAt }) => (oldestAt && (!known || oldestAt < known) ? oldestAt : known), null);
  const now = useNow();
  const notes = queues.flatMap((queue) => {
    const note = noteOf(queue, nameOf(queue.destinationId), now);
    return note ? [{ id: queue.destinationId, ...note }] : [];
  });
  return (
    <>
      <Figures>
        <Figure term="Waiting">{formatCount(sum((queue) => queue.waiting))}</Figure>
        <Figure term="Of them after a failure">{formatCount(sum((queue) => queue.retries))}</Figure>
        <Figure term="Oldest">
          <TimeAgo time={oldest} never="Nothing waits" />
        </Figure>
        <Figure term="Delivered">{formatRate(sum((queue) => queue.ratePerSecond))}/s</Figure>
      </Figures>
      {notes.length > 0 && (
        <section className={classes.notes} aria-label="What does not go as usual">
          {notes.map(({ id, tone, reason, remedy }) => (
            <Sentence
              key={id}
              tone={tone}
              reason={reason}
              remedy={remedy}
              action={
                <Link to="/delivery" search={{ destination: id, span: "1h" }}>
                  See why in the last hour
                </Link>
              }
            />
          ))}
        </section>
      )}
      <Panel title={plural(queues.length, "queue")} description="As it is now; it is asked again every two seconds." flush>
        <DataTable
          label="Queues"
          rows={queues}
          columns={columns}
          rowKey={(queue) => queue.destinationId}
          rowLink={(queue) => `/destinations/${queue.destinationId}`}
          tools={queues.length > 8}
        />
      </Panel>
    </>
  );
}

function columnsOf(nameOf: (id: string) => string): DataColumn<DeliveryQueue>[] {
  return [
    { id: "destination", header: "Destination", value: (queue) => nameOf(queue.destinationId) },
    {
      id: "circuit",
      header: "State",
      value: (queue) => statusOf(queue).words,
      cell: (queue) => (
        <StatusDot tone={statusOf(queue).tone} live={queue.circuit === "CLOSED" && queue.underWay > 0}>
          {statusOf(queue).words}
        </StatusDot>
      ),
    },
    { id: "waiting", header: "Waiting", value: (queue) => queue.waiting, cell: (queue) => formatCount(queue.waiting), align: "end" },
    {
      id: "retries",
      header: "After a failure",
      value: (queue) => queue.retries,
      cell: (queue) => (
        <Link
          to="/delivery/receipts"
          search={{ destination: queue.destinationId, state: "retrying" }}
          aria-label={`${formatCount(queue.retries)} will be tried again: ${nameOf(queue.destinationId)}`}
          style={{ color: "inherit" }}
        >
          {formatCount(queue.retries)}
        </Link>
      ),
      align: "end",
      secondary: true,
    },
    { id: "oldest", header: "Oldest", value: (queue) => queue.oldestAt, cell: (queue) => <TimeAgo time={queue.oldestAt} never="Nothing waits" />, secondary: true },
    { id: "rate", header: "Delivered", value: (queue) => queue.ratePerSecond, cell: rateInWords, align: "end", secondary: true },
    { id: "requests", header: "Requests at once", value: (queue) => queue.underWay, cell: requestsInWords, align: "end", secondary: true },
  ];
}
