import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconChartFunnel, IconInbox, IconRefresh, IconSend2 } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { testDestination } from "~/api/actions";
import type { Attempt, DeliveryState, Destination, Outcome } from "~/api/model";
import { deliveriesQuery, overviewQuery } from "~/api/queries";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { ExchangeView } from "~/components/ExchangeView";
import { LinkButton } from "~/components/LinkButton";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence, Sentence } from "~/components/Sentence";
import { StatusDot, type Tone } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount, formatExactTime } from "~/lib/format";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import classes from "./Delivery.module.css";
import { TestReport } from "./TestReport";

const OUTCOMES: Record<Outcome, { tone: Tone; words: string }> = {
  delivered: { tone: "good", words: "Delivered" },
  retrying: { tone: "warn", words: "Will be tried again" },
  failed: { tone: "bad", words: "Failed" },
  filtered: { tone: "off", words: "Filtered" },
};

function OutcomeStatus({ outcome }: { outcome: Outcome }) {
  const { tone, words } = OUTCOMES[outcome];
  return <StatusDot tone={tone}>{words}</StatusDot>;
}

/** How delivery goes: the position in the stream, and the latest attempts with what the other side said. */
export function Delivery({ destination }: { destination: Destination }) {
  const deliveries = useQuery(deliveriesQuery(destination.id));
  const counts = useQuery(overviewQuery).data?.destinations.find((each) => each.id === destination.id);
  return (
    <div className={classes.stack}>
      <Panel flush title="State" actions={<DeliveryActions destination={destination} />}>
        <QueryView query={deliveries}>
          {({ state }) => (
            <>
              <dl className={classes.state}>
                <Figure term="Now" value={stateInWords(destination, state)} />
                <Figure term="Delivered" value={formatCount((counts?.delivered ?? 0) + (counts?.archived ?? 0))} />
                <Figure term="Failed" value={formatCount(counts?.failed ?? 0)} />
                <Figure term="Behind" value={state ? formatCount(state.behind) : "…"} />
              </dl>
              {state?.lastError && destination.enabled && (
                <div className={classes.said}>
                  <Sentence
                    tone="warn"
                    reason={state.lastError}
                    remedy={state.waiting ? "Nothing is lost: events wait, and delivery goes on by itself once the other side takes them." : undefined}
                  />
                </div>
              )}
            </>
          )}
        </QueryView>
      </Panel>
      <Panel flush title="Recent attempts" description="The latest 200 since the server started, newest first.">
        <QueryView query={deliveries}>
          {({ deliveries: attempts }) =>
            attempts.length === 0 ? (
              <EmptyState icon={IconInbox} title="No attempt yet">
                Each delivery stands here with what the other side answered. Send an event to the source, or test the destination now.
              </EmptyState>
            ) : (
              <AttemptTable attempts={attempts} />
            )
          }
        </QueryView>
      </Panel>
    </div>
  );
}

function stateInWords(destination: Destination, state: DeliveryState | null | undefined): string {
  if (!destination.enabled) return "Disabled";
  if (!state) return "Starting";
  if (state.waiting) return "Waiting to try again";
  return state.behind > 0 ? "Delivering" : "Up to date";
}

function Figure({ term, value }: { term: string; value: string }) {
  return (
    <div className={classes.figure}>
      <dt>{term}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}

const ATTEMPT_COLUMNS: DataColumn<Attempt>[] = [
  { id: "event", header: "Event", value: (row) => row.eventName || row.eventType || "File" },
  { id: "at", header: "When", value: (row) => row.at, cell: (row) => <TimeAgo time={row.at} /> },
  { id: "outcome", header: "Outcome", value: (row) => row.outcome, cell: (row) => <OutcomeStatus outcome={row.outcome} /> },
  { id: "reason", header: "What happened", value: (row) => row.reason, secondary: true },
  { id: "attempt", header: "Attempt", value: (row) => row.attempt, align: "end", secondary: true },
  { id: "latency", header: "Took", value: (row) => row.latencyMs, cell: (row) => `${formatCount(row.latencyMs)} ms`, align: "end", secondary: true },
];

function AttemptTable({ attempts }: { attempts: Attempt[] }) {
  const [open, setOpen] = useState<Attempt | null>(null);
  return (
    <>
      <DataTable
        label="Recent attempts"
        rows={attempts}
        columns={ATTEMPT_COLUMNS}
        rowKey={(row) => `${row.offset} ${row.attempt} ${row.at}`}
        rowOpen={setOpen}
        tools
      />
      <Modal opened={open !== null} onClose={() => setOpen(null)} size="xl" title={<Text fw={620}>{open?.eventName || open?.eventType || "File"}</Text>}>
        {open && <AttemptReport attempt={open} />}
      </Modal>
    </>
  );
}

function AttemptReport({ attempt }: { attempt: Attempt }) {
  return (
    <Stack gap="md">
      <Sentence
        tone={OUTCOMES[attempt.outcome].tone}
        reason={attempt.reason}
        remedy={`Attempt ${attempt.attempt}, ${formatExactTime(attempt.at)}, ${formatCount(attempt.latencyMs)} ms.`}
        code={attempt.code}
      />
      {attempt.eventMessageId && (
        <Link to="/live" search={{ open: `${attempt.offset}.${attempt.eventMessageId}` }}>
          See the event
        </Link>
      )}
      <ExchangeView request={attempt.request} response={attempt.response} />
    </Stack>
  );
}

/** What one does about deliveries, and where more of them is told. */
function DeliveryActions({ destination }: { destination: Destination }) {
  return (
    <Group gap="xs">
      {hasReceipts(destination) && (
        <>
          <LinkButton to="/delivery" search={{ destination: destination.id }} size="compact-sm" variant="default" leftSection={<IconChartFunnel size={15} />}>
            Delivery overview
          </LinkButton>
          <LinkButton to="/replays" search={{ form: "new", destination: destination.id }} size="compact-sm" variant="default" leftSection={<IconRefresh size={15} />}>
            Replay events
          </LinkButton>
        </>
      )}
      <TestButton destination={destination} />
    </Group>
  );
}

function TestButton({ destination }: { destination: Destination }) {
  const [opened, setOpened] = useState(false);
  const mutation = useMutation({ mutationFn: () => testDestination(destination.id), onSettled: () => setOpened(true) });
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<IconSend2 size={15} />} loading={mutation.isPending} onClick={() => mutation.mutate()}>
        Send a test event
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} size="xl" title={<Text fw={620}>Test of {destination.name}</Text>}>
        {mutation.isError && <ProblemSentence error={mutation.error} />}
        {mutation.data && <TestReport result={mutation.data} />}
      </Modal>
    </>
  );
}
