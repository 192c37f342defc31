import { Link } from "@tanstack/react-router";
import type { LiveEvent, RejectedMessage, Source } from "~/api/model";
import { CopyText } from "~/components/CopyText";
import { Fact, Facts, MessageDetail, Original, Payload, SourceName } from "~/components/MessageDetail";
import { Sentence } from "~/components/Sentence";
import { Words } from "~/components/Words";
import { formatCount, formatExactTime } from "~/lib/format";
import { EventType, eventTitle } from "./EventType";

interface DetailProps<T> {
  of: T;
  source: Source | undefined;
  onClose: () => void;
}

export function EventDetail({ of: event, source, onClose }: DetailProps<LiveEvent>) {
  return (
    <MessageDetail kind="Event" title={eventTitle(event)} onClose={onClose}>
      <Facts>
        <Fact term="Type">
          <EventType type={event.type} />
        </Fact>
        <Fact term="Received">{formatExactTime(event.receivedAt)}</Fact>
        <Fact term="Source">
          <SourceName id={event.sourceId} source={source} />
        </Fact>
        {event.userId && (
          <Fact term="User">
            <CopyText value={event.userId} what="user id" keep={36} /> <ProfileLink name={`user_id:${event.userId}`} />
          </Fact>
        )}
        {event.anonymousId && (
          <Fact term="Anonymous id">
            <CopyText value={event.anonymousId} what="anonymous id" keep={36} /> <ProfileLink name={`anonymous_id:${event.anonymousId}`} />
          </Fact>
        )}
        <Fact term="Message id">
          <CopyText value={event.messageId} what="message id" keep={36} />{" "}
          <Link to="/delivery/receipts" search={{ message: event.messageId }}>
            Where it went
          </Link>
        </Fact>
        <Fact term="Place in the log">{formatCount(event.offset)}</Fact>
      </Facts>
      <Payload json={event.payload} raw={null} label="Payload of the event" />
    </MessageDetail>
  );
}

/** Leads to whom an identifier names. */
function ProfileLink({ name }: { name: string }) {
  return (
    <Link to="/profiles/$profileId" params={{ profileId: name }}>
      Profile
    </Link>
  );
}

export function RejectedDetail({ of: message, source, onClose }: DetailProps<RejectedMessage>) {
  return (
    <MessageDetail kind="Rejected message" title="Rejected message" onClose={onClose}>
      <Sentence
        tone="bad"
        reason={message.sentence}
        remedy={
          <>
            <Words>{message.remedy}</Words>
            {message.detail && (
              <>
                <br />
                <span className="mono">{message.detail}</span>
              </>
            )}
          </>
        }
        code={message.code}
      />
      <Facts>
        <Fact term="Received">{formatExactTime(message.receivedAt)}</Fact>
        <Fact term="Source">
          <SourceName id={message.sourceId} source={source} />
        </Fact>
        {message.type && (
          <Fact term="Type">
            <EventType type={message.type} />
          </Fact>
        )}
        {message.messageId && (
          <Fact term="Message id">
            <CopyText value={message.messageId} what="message id" keep={36} />
          </Fact>
        )}
      </Facts>
      <Original message={message} />
    </MessageDetail>
  );
}
