import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { receiptQuery } from "~/api/delivery";
import type { Receipt, ReceiptAttempt, ReceiptDetail } from "~/api/delivery-model";
import type { Destination, Source } from "~/api/model";
import { ByHand } from "~/components/ByHand";
import { CopyText } from "~/components/CopyText";
import { ExchangeView } from "~/components/ExchangeView";
import { Fact, Facts, MessageDetail, SourceName } from "~/components/MessageDetail";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { formatCount, formatDuration, formatExactTime } from "~/lib/format";
import { STATES } from "~/pages/delivery/delivery-words";
import { EventType, eventTitle } from "~/pages/live/EventType";
import { receiptInWords, receiptRemedy } from "./path-steps";
import classes from "./ReceiptsPage.module.css";

interface ReceiptDetailProps {
  id: string;
  destinations: Destination[];
  sources: Source[];
  onClose: () => void;
}

/** One receipt: what became of the event at the destination, and every attempt that is kept. */
export function ReceiptDetailView({ id, destinations, sources, onClose }: ReceiptDetailProps) {
  const query = useQuery(receiptQuery(id));
  const receipt = query.data?.receipt;
  return (
    <MessageDetail kind="Receipt" title={receipt ? eventTitle({ type: receipt.eventType, name: receipt.eventName }) : "Receipt"} onClose={onClose}>
      <QueryView query={query}>
        {(detail) => (
          <>
            <Sentence
              tone={STATES[detail.receipt.state].tone}
              reason={receiptInWords(detail.receipt)}
              remedy={receiptRemedy(detail.receipt)}
              code={detail.receipt.code ?? undefined}
            />
            <ReceiptFacts
              receipt={detail.receipt}
              destination={destinations.find((each) => each.id === detail.receipt.destinationId)}
              source={sources.find((each) => each.id === detail.receipt.sourceId)}
            />
            <Attempts detail={detail} />
            <div>
              <ByHand call={{ method: "GET", path: `/delivery/receipts/${id}`, command: ["delivery", "receipt", id] }} />
            </div>
          </>
        )}
      </QueryView>
    </MessageDetail>
  );
}

function ReceiptFacts({ receipt, destination, source }: { receipt: Receipt; destination: Destination | undefined; source: Source | undefined }) {
  const { tone, words } = STATES[receipt.state];
  return (
    <Facts>
      <Fact term="State">
        <StatusDot tone={tone}>{words}</StatusDot>
      </Fact>
      <Fact term="Destination">
        {destination ? (
          <Link to="/destinations/$destinationId" params={{ destinationId: destination.id }}>
            {destination.name}
          </Link>
        ) : (
          <CopyText value={receipt.destinationId} what="destination id" />
        )}
      </Fact>
      <Fact term="Source">
        <SourceName id={receipt.sourceId} source={source} />
      </Fact>
      {receipt.replay > 0 && (
        <Fact term="Replay">
          <Link to="/replays">{receipt.replay}</Link>{" "}
          <Link to="/delivery/receipts" search={{ replay: receipt.replay }}>
            What became of it
          </Link>
        </Fact>
      )}
      <Fact term="Type">
        <EventType type={receipt.eventType} />
      </Fact>
      <Fact term="Received">{formatExactTime(receipt.receivedAt)}</Fact>
      <Fact term={words}>
        {formatExactTime(receipt.at)}, {formatDuration(receipt.latencyMs)} after it arrived
      </Fact>
      {receipt.userId && (
        <Fact term="User">
          <CopyText value={receipt.userId} what="user id" keep={36} />
        </Fact>
      )}
      {receipt.anonymousId && (
        <Fact term="Anonymous id">
          <CopyText value={receipt.anonymousId} what="anonymous id" keep={36} />
        </Fact>
      )}
      {receipt.appVersion && <Fact term="App version">{receipt.appVersion}</Fact>}
      <Fact term="Message id">
        <CopyText value={receipt.messageId} what="message id" keep={36} />{" "}
        <Link to="/delivery/receipts" search={{ message: receipt.messageId }}>
          Where it went
        </Link>
      </Fact>
      <Fact term="Place in the log">{formatCount(receipt.offset)}</Fact>
    </Facts>
  );
}

function Attempts({ detail: { receipt, attempts } }: { detail: ReceiptDetail }) {
  if (attempts.length === 0) return receipt.state === "filtered" ? null : <p style={{ margin: 0 }}>No attempt is kept.</p>;
  const left = receipt.attemptsTotal - attempts.length;
  return (
    <section aria-label="Attempts">
      <h3 className={classes.subtitle}>Attempts</h3>
      {left > 0 && <p style={{ margin: "2px 0 8px" }}>Of {formatCount(receipt.attemptsTotal)} attempts, the first one and the last ones are kept.</p>}
      <ol className={classes.attempts}>
        {attempts.map((attempt) => (
          <li key={attempt.number} className={classes.attempt}>
            <Attempt attempt={attempt} delivered={receipt.state === "delivered" && attempt === attempts.at(-1)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Attempt({ attempt, delivered }: { attempt: ReceiptAttempt; delivered: boolean }) {
  return (
    <>
      <Sentence
        tone={delivered ? "good" : "warn"}
        reason={attempt.reason}
        remedy={`Attempt ${formatCount(attempt.number)}, ${formatExactTime(attempt.at)}, took ${formatDuration(attempt.latencyMs)}.`}
        code={delivered ? undefined : attempt.code}
      />
      <ExchangeView request={attempt.request} response={attempt.response} status={attempt.status} of={`attempt ${attempt.number}`} below />
    </>
  );
}
