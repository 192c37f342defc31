import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconRefresh, IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Discard } from "~/api/delivery-model";
import type { DeliverySpan } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import { EmptyState } from "~/components/EmptyState";
import { ExchangeView } from "~/components/ExchangeView";
import { LinkButton } from "~/components/LinkButton";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { TimeAgo } from "~/components/TimeAgo";
import { plural } from "~/lib/format";
import { eventTitle } from "~/pages/live/EventType";
import { reasonsOf } from "./delivery-sums";
import classes from "./ReasonsPanel.module.css";
import { remedyOf } from "./remedies";
import { SampleEvent } from "./SampleEvent";
import { useDiscards } from "./use-deliveries";

interface ReasonsPanelProps {
  destinations: Destination[];
  destination: string | undefined;
  span: DeliverySpan;
}

/** Why events did not arrive: each reason in words, with what to do and the newest samples. */
export function ReasonsPanel({ destinations, destination, span }: ReasonsPanelProps) {
  const query = useDiscards(destinations, span);
  const reasons = query.data ? reasonsOf(query.data) : [];
  const anyFailed = reasons.some((reason) => reason.step === "failed-delivery");
  return (
    <Panel
      title="Why events did not arrive"
      description="Within the range, the most frequent reason first."
      flush
      actions={
        destination &&
        anyFailed && (
          <LinkButton
            to="/replays"
            search={{ form: "new", destination, only: "FAILURES", span }}
            size="compact-sm"
            variant="default"
            leftSection={<IconRefresh size={15} />}
          >
            Replay these failures
          </LinkButton>
        )
      }
    >
      <QueryView query={query}>
        {() =>
          reasons.length === 0 ? (
            <EmptyState icon={IconShieldCheck} title="Nothing was filtered and nothing failed">
              Each reason for which an event did not arrive stands here in a sentence, with what was sent and what came back.
            </EmptyState>
          ) : (
            <ul className={classes.reasons}>
              {reasons.map((reason) => (
                <li key={`${reason.step} ${reason.discardReason}`}>
                  <Reason reason={reason} destination={destination} span={span} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}

function Reason({ reason, destination, span }: { reason: Discard; destination: string | undefined; span: DeliverySpan }) {
  const failed = reason.step === "failed-delivery";
  const count = `${plural(reason.total, "event")} ${failed ? "failed" : "filtered"}`;
  return (
    <Sentence
      tone={failed ? "bad" : "off"}
      reason={reason.sentence ?? (failed ? "The destination did not take these events." : "These events were not for the destination.")}
      remedy={remedyOf(failed ? "failed" : "filtered", reason.discardReason)}
      code={reason.discardReason}
      action={
        <Group gap="xs">
          <LinkButton to="/delivery/receipts" search={{ destination, code: reason.discardReason, span }} size="compact-sm" variant="default">
            {count}
          </LinkButton>
          {reason.samples.length > 0 && <Samples reason={reason} />}
        </Group>
      }
    />
  );
}

function Samples({ reason }: { reason: Discard }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button size="compact-sm" variant="subtle" aria-label={`See samples of ${reason.discardReason}`} onClick={() => setOpened(true)}>
        See {plural(reason.samples.length, "sample")}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} size="xl" title={<Text fw={620}>Samples of {reason.discardReason}</Text>}>
        <Stack gap="lg">
          {reason.samples.map(({ receipt, attempt }, index) => (
            <section key={receipt.id} aria-label={`Sample ${receipt.messageId}`} className={classes.sample}>
              <Group gap="sm">
                <Link to="/delivery/receipts" search={{ open: receipt.id }} className={classes.name}>
                  {eventTitle({ type: receipt.eventType, name: receipt.eventName })}
                </Link>
                <Text size="sm" c="dimmed">
                  <TimeAgo time={receipt.at} />
                </Text>
              </Group>
              <SampleEvent receipt={receipt} />
              {attempt ? (
                <ExchangeView request={attempt.request} response={attempt.response} status={attempt.status} of={`sample ${index + 1}`} />
              ) : (
                <Text size="sm" c="dimmed">
                  Nothing was sent.
                </Text>
              )}
            </section>
          ))}
        </Stack>
      </Modal>
    </>
  );
}
