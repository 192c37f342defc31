import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLink, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import type { Source } from "~/api/model";
import { type ExactJson, parseExact, stringifyExact } from "~/lib/exact-json";
import { CodeBlock } from "./CodeBlock";
import { CopyText } from "./CopyText";
import { JsonView } from "./JsonView";
import classes from "./MessageDetail.module.css";
import { Sentence } from "./Sentence";

interface MessageDetailProps {
  /** What it is: said to people who cannot see the page. */
  kind: string;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** One message with everything that is known of it. */
export function MessageDetail({ kind, title, onClose, children }: MessageDetailProps) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <article className={classes.detail} aria-label={kind}>
      <header className={classes.head}>
        {/* Where a drawer opens, the reading begins here and not at a button. */}
        <h2 className={classes.title} tabIndex={-1} data-autofocus style={{ outline: "none" }}>
          {title}
        </h2>
        <Tooltip label={clipboard.copied ? "Copied" : "Copy a link to this"}>
          <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Copy a link to this" onClick={() => clipboard.copy(window.location.href)}>
            {clipboard.copied ? <IconCheck size={17} /> : <IconLink size={17} />}
          </ActionIcon>
        </Tooltip>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      {children}
    </article>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

export function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A source by its name, which leads to it; by its id where it is gone. */
export function SourceName({ id, source }: { id: string; source: Source | undefined }) {
  if (!source) return <CopyText value={id} what="source id" />;
  return (
    <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>
      {source.name}
    </Link>
  );
}

/** A message as a tree or as text; as text only, when it is not JSON. */
export function Payload({ json, raw, label }: { json: ExactJson | null; raw: string | null; label: string }) {
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

/** What arrived, byte for byte. */
export function Original({ message }: { message: { original: string; originalEncoding: "utf8" | "base64" } }) {
  const json = useMemo(() => readJson(message.original, message.originalEncoding), [message.original, message.originalEncoding]);
  return (
    <>
      {message.originalEncoding === "base64" && (
        <Sentence tone="info" reason="The original is not readable text." remedy="It is kept byte for byte and shown here in base64." />
      )}
      <Payload json={json} raw={message.original} label="Original, as it arrived" />
    </>
  );
}

function readJson(original: string, encoding: string): ExactJson | null {
  if (encoding !== "utf8") return null;
  try {
    return parseExact(original);
  } catch {
    return null;
  }
}
