import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { requestPreviewQuery } from "~/api/delivery";
import type { RequestPreview } from "~/api/delivery-model";
import { recentEvents } from "~/api/live";
import type { Source } from "~/api/model";
import { ByHand } from "~/components/ByHand";
import { ExchangeView } from "~/components/ExchangeView";
import { Payload } from "~/components/MessageDetail";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { formatExactTime } from "~/lib/format";
import { remedyOf } from "~/pages/delivery/remedies";
import { eventTitle } from "~/pages/live/EventType";
import type { StepProps } from "./ConnectSteps";
import { previewCall } from "./preview-by-hand";
import { StepButtons } from "./StepButtons";

/** Recent events to choose from. */
const OFFERED = 20;

/** The request that a real event would make; nothing is sent. */
export function PreviewStep({ destination, source, onBack, onNext }: StepProps) {
  const [messageId, setMessageId] = useState<string>();
  const preview = useQuery(requestPreviewQuery(destination.id, messageId));
  const events = useQuery({
    queryKey: ["live", "recent", destination.sourceId],
    queryFn: () => recentEvents({ sourceId: destination.sourceId, limit: OFFERED }),
  }).data;
  return (
    <Stack gap="md">
      <Text>Shows the request that a real event would make. Nothing is sent, and secrets are masked.</Text>
      <Group align="flex-end">
        <Select
          label="Event"
          placeholder="The newest that the destination takes"
          clearable
          clearButtonProps={{ "aria-label": "The newest that the destination takes" }}
          data={(events ?? []).map((event) => ({ value: event.messageId, label: `${eventTitle(event)}, ${formatExactTime(event.receivedAt)}` }))}
          value={messageId ?? null}
          onChange={(next) => setMessageId(next ?? undefined)}
          style={{ flex: "1 1 280px" }}
        />
        <ByHand call={previewCall(destination.id, messageId)} />
      </Group>
      <QueryView query={preview}>{(shown) => <PreviewReport preview={shown} source={source} />}</QueryView>
      <StepButtons onBack={onBack}>
        <Button onClick={onNext}>Continue</Button>
      </StepButtons>
    </Stack>
  );
}

function PreviewReport({ preview, source }: { preview: RequestPreview; source: Source | undefined }) {
  if (!preview.event)
    return (
      <Sentence
        tone="warn"
        reason={preview.problem?.reason ?? "No event that this destination takes has come yet."}
        remedy="Send one to the source; it appears here by itself. You can also go on without."
        action={
          source && (
            <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>
              How to send one to {source.name}
            </Link>
          )
        }
      />
    );
  return (
    <>
      <Verdict preview={preview} />
      <ExchangeView request={preview.request} below />
      <Payload json={preview.event} raw={null} label="The event" />
    </>
  );
}

function Verdict({ preview: { filtered, problem, request } }: { preview: RequestPreview }) {
  if (filtered) return <Sentence tone="warn" reason={filtered.reason} remedy={remedyOf("filtered", filtered.code)} code={filtered.code} announce />;
  if (problem) return <Sentence tone="bad" reason={problem.reason} remedy="Go back and change the settings, or choose another event." code={problem.code} announce />;
  if (!request) return <Sentence tone="warn" reason="This event makes no request." remedy="Choose another event to see one." announce />;
  return <Sentence tone="good" reason="This event would be sent as shown here." announce />;
}
