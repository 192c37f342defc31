import { useQuery } from "@tanstack/react-query";
import { duplicateQuery } from "~/api/ledger";
import type { LiveEvent, Source } from "~/api/model";
import { ByHand } from "~/components/ByHand";
import { CopyText } from "~/components/CopyText";
import { LinkButton } from "~/components/LinkButton";
import { Fact, Facts, MessageDetail, Original, SourceName } from "~/components/MessageDetail";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { formatExactTime } from "~/lib/format";
import { EventType, eventTitle } from "~/pages/live/EventType";

interface DuplicateDetailProps {
  id: string;
  sources: Source[];
  onClose: () => void;
}

/** One duplicate: what arrived, and where the message went that it repeats. */
export function DuplicateDetail({ id, sources, onClose }: DuplicateDetailProps) {
  const query = useQuery(duplicateQuery(id));
  return (
    <MessageDetail kind="Duplicate" title="Duplicate" onClose={onClose}>
      <QueryView query={query}>
        {({ duplicate, firstEvent, firstEventMissing }) => (
          <>
            <Sentence
              tone="info"
              reason="This message had been processed before, so it is not in the events a second time."
              remedy="Nothing is to be done: SDKs send a message again when an answer gets lost. If a source has many of these, look whether its sender gets its answers, and whether it gives each message a `messageId` of its own."
            />
            <Facts>
              <Fact term="Received">{formatExactTime(duplicate.receivedAt)}</Fact>
              <Fact term="Source">
                <SourceName id={duplicate.sourceId} source={sources.find((source) => source.id === duplicate.sourceId)} />
              </Fact>
              {duplicate.type && (
                <Fact term="Type">
                  <EventType type={duplicate.type} />
                </Fact>
              )}
              {duplicate.name && <Fact term="Name">{duplicate.name}</Fact>}
              <Fact term="Message id">
                <CopyText value={duplicate.messageId} what="message id" keep={36} />
              </Fact>
            </Facts>
            <FirstOne first={duplicate.first} event={firstEvent} missing={firstEventMissing} />
            <Original message={duplicate} />
            <div>
              <ByHand call={{ method: "GET", path: `/duplicates/${id}`, command: ["duplicates", "show", id] }} />
            </div>
          </>
        )}
      </QueryView>
    </MessageDetail>
  );
}

interface FirstOneProps {
  first: { receivedFrom: string; receivedTo: string };
  event: LiveEvent | null;
  missing: string | null;
}

function FirstOne({ first, event, missing }: FirstOneProps) {
  if (!event)
    return (
      <Sentence
        tone="off"
        reason={`The first one was received between ${formatExactTime(first.receivedFrom)} and ${formatExactTime(first.receivedTo)}.`}
        remedy={missing ?? undefined}
      />
    );
  return (
    <Sentence
      tone="good"
      reason={`The first one was received ${formatExactTime(event.receivedAt)} and became the event “${eventTitle(event)}”.`}
      action={
        <LinkButton to="/live" search={{ open: `${event.offset}.${event.messageId}` }} size="compact-sm" variant="default">
          Open the first one
        </LinkButton>
      }
    />
  );
}
