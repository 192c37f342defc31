import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLink, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import type { LiveEvent, RejectedMessage, Source } from "~/api/model";
import { CodeBlock } from "~/components/CodeBlock";
import { CopyText } from "~/components/CopyText";
import { JsonView } from "~/components/JsonView";
import { Sentence } from "~/components/Sentence";
import { Words } from "~/components/Words";
import { type ExactJson, parseExact, stringifyExact } from "~/lib/exact-json";
import { formatCount, formatExactTime } from "~/lib/format";
import classes from "./Detail.module.css";
import { EventType, eventTitle } from "./EventType";

interface DetailProps<T> {
  of: T;
  source: Source | undefined;
  onClose: () => void;
}

export function EventDetail({ of: event, source, onClose }: DetailProps<LiveEvent>) {
  return (
    <article className={classes.detail} aria-label="Event">
      <Head title={eventTitle(event)} onClose={onClose} />
      <dl className={classes.facts}>
        <Fact term="Type">
          <EventType type={event.type} />
        </Fact>
        <Fact term="Received">{formatExactTime(event.receivedAt)}</Fact>
        <Fact term="Source">{source ? <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>{source.name}</Link> : <CopyText value={event.sourceId} what="source id" />}</Fact>
        {event.userId && (
          <Fact term="User">
            <CopyText value={event.userId} what="user id" keep={36} />
          </Fact>
        )}
        {event.anonymousId && (
          <Fact term="Anonymous id">
            <CopyText value={event.anonymousId} what="anonymous id" keep={36} />
          </Fact>
        )}
        <Fact term="Message id">
          <CopyText value={event.messageId} what="message id" keep={36} />
        </Fact>
        <Fact term="Place in the log">{formatCount(event.offset)}</Fact>
      </dl>
      <Payload json={event.payload} raw={null} label="Payload of the event" />
    </article>
  );
}

export function RejectedDetail({ of: message, source, onClose }: DetailProps<RejectedMessage>) {
  const json = useMemo(() => readJson(message), [message]);
  return (
    <article className={classes.detail} aria-label="Rejected message">
      <Head title="Rejected message" onClose={onClose} />
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
      <dl className={classes.facts}>
        <Fact term="Received">{formatExactTime(message.receivedAt)}</Fact>
        <Fact term="Source">{source ? <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>{source.name}</Link> : <CopyText value={message.sourceId} what="source id" />}</Fact>
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
      </dl>
      {message.originalEncoding === "base64" && (
        <Sentence tone="info" reason="The original is not readable text." remedy="It is kept byte for byte and shown here in base64." />
      )}
      <Payload json={json} raw={message.original} label="Original, as it arrived" />
    </article>
  );
}

function readJson(message: RejectedMessage): ExactJson | null {
  if (message.originalEncoding !== "utf8") return null;
  try {
    return parseExact(message.original);
  } catch {
    return null;
  }
}

/** A message as a tree or as text; as text only, when it is not JSON. */
function Payload({ json, raw, label }: { json: ExactJson | null; raw: string | null; label: string }) {
  const [form, setForm] = useState("pretty");
  const text = useMemo(() => raw ?? (json ? stringifyExact(json) : ""), [raw, json]);
  return (
    <>
      {json && (
        <SegmentedControl
          aria-label="How the message is shown"
          style={{ alignSelf: "flex-start" }}
          value={form}
          onChange={setForm}
          data={[
            { value: "pretty", label: "Pretty" },
            { value: "raw", label: "Raw" },
          ]}
        />
      )}
      {json && form === "pretty" ? <JsonView json={json} label={label} /> : <CodeBlock code={text} title={label} wrap />}
    </>
  );
}

function Head({ title, onClose }: { title: string; onClose: () => void }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <header className={classes.head}>
      <h2 className={classes.title}>{title}</h2>
      <Tooltip label={clipboard.copied ? "Copied" : "Copy a link to this"}>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Copy a link to this" onClick={() => clipboard.copy(window.location.href)}>
          {clipboard.copied ? <IconCheck size={17} /> : <IconLink size={17} />}
        </ActionIcon>
      </Tooltip>
      <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Close" onClick={onClose}>
        <IconX size={18} />
      </ActionIcon>
    </header>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}
