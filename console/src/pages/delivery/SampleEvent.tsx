import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { receiptQuery } from "~/api/delivery";
import type { Receipt } from "~/api/delivery-model";
import { CopyText } from "~/components/CopyText";
import { Fact, Facts, Payload } from "~/components/MessageDetail";
import { QueryView } from "~/components/QueryView";
import { formatExactTime } from "~/lib/format";
import { EventType } from "~/pages/live/EventType";

/** Which event a sample is about, and the event itself when it is asked for. */
export function SampleEvent({ receipt }: { receipt: Receipt }) {
  const [opened, setOpened] = useState(false);
  const query = useQuery({ ...receiptQuery(receipt.id), enabled: opened });
  return (
    <>
      <Facts>
        <Fact term="Type">
          <EventType type={receipt.eventType} />
        </Fact>
        <Fact term="Received">{formatExactTime(receipt.receivedAt)}</Fact>
        <Fact term="Message id">
          <CopyText value={receipt.messageId} what="message id" keep={36} />
        </Fact>
      </Facts>
      {opened ? (
        <QueryView query={query}>
          {({ event }) =>
            event ? (
              <Payload json={event.payload} raw={null} label="Event" />
            ) : (
              <Text size="sm" c="dimmed">
                The stream no longer has this event.
              </Text>
            )
          }
        </QueryView>
      ) : (
        <Button size="compact-sm" variant="default" style={{ alignSelf: "flex-start" }} aria-label={`Show the event ${receipt.messageId}`} onClick={() => setOpened(true)}>
          Show the event
        </Button>
      )}
    </>
  );
}
