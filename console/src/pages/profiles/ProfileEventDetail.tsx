import { Link } from "@tanstack/react-router";
import type { ProfileEvent, Source } from "~/api/model";
import { nameOf } from "~/api/people";
import { CopyText } from "~/components/CopyText";
import { IdentifierName } from "~/components/IdentifierName";
import { Fact, Facts, MessageDetail, Payload, SourceName } from "~/components/MessageDetail";
import { formatExactTime } from "~/lib/format";
import { EventType, eventTitle } from "~/pages/live/EventType";

interface ProfileEventDetailProps {
  event: ProfileEvent;
  sources: Source[];
  onClose: () => void;
}

/** One event of a profile: whose it is, what else named them, and all that was sent. */
export function ProfileEventDetail({ event, sources, onClose }: ProfileEventDetailProps) {
  return (
    <MessageDetail kind="Event" title={eventTitle(event)} onClose={onClose}>
      <Facts>
        <Fact term="Type">
          <EventType type={event.type} />
        </Fact>
        <Fact term="Happened">{formatExactTime(event.timestamp)}</Fact>
        <Fact term="Source">
          <SourceName id={event.sourceId} source={sources.find((source) => source.id === event.sourceId)} />
        </Fact>
        {event.owner && (
          <Fact term="Belongs to">
            <IdentifierName of={event.owner} />
          </Fact>
        )}
        {event.identifiers.length > 0 && (
          <Fact term="Also names">
            {event.identifiers.map((identifier) => (
              <div key={nameOf(identifier)}>
                <IdentifierName of={identifier} />
              </div>
            ))}
          </Fact>
        )}
        <Fact term="Message id">
          <CopyText value={event.messageId} what="message id" keep={36} />{" "}
          <Link to="/delivery/receipts" search={{ message: event.messageId }}>
            Where it went
          </Link>
        </Fact>
      </Facts>
      <Payload json={event.payload} raw={null} label="Payload of the event" />
    </MessageDetail>
  );
}
