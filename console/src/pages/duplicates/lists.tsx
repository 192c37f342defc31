import { Button } from "@mantine/core";
import { IconCopyCheck, IconFilterOff, IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { duplicatesQuery, rejectedQuery } from "~/api/ledger";
import type { Duplicate, RejectedMessage, Source } from "~/api/model";
import { sourcesQuery } from "~/api/queries";
import { CodeBlock } from "~/components/CodeBlock";
import { CopyText } from "~/components/CopyText";
import type { DataColumn } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { TimeAgo } from "~/components/TimeAgo";
import { Words } from "~/components/Words";
import { shortenMiddle } from "~/lib/format";
import { EventType, eventTitle } from "~/pages/live/EventType";
import { snippetTarget, twiceSnippet } from "~/snippets";
import { MessageList } from "./MessageList";

interface ListProps<Row> {
  sourceId: string | undefined;
  /** The messageId or the code that is looked for. */
  wanted: string | undefined;
  sources: Source[];
  onOpen: (row: Row) => void;
  onClear: () => void;
}

const nameOf = (sources: Source[], id: string): string => sources.find((source) => source.id === id)?.name ?? shortenMiddle(id, 10);

export function DuplicateList({ sourceId, wanted, sources, onOpen, onClear }: ListProps<Duplicate>) {
  const query = useInfiniteQuery(duplicatesQuery({ sourceId, messageId: wanted }));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.duplicates) ?? [], [query.data]);
  const columns = useMemo(
    (): DataColumn<Duplicate>[] => [
      { id: "received", header: "Received", value: (row) => row.receivedAt, cell: (row) => <TimeAgo time={row.receivedAt} /> },
      { id: "type", header: "Type", value: (row) => row.type, cell: (row) => row.type && <EventType type={row.type} />, secondary: true },
      { id: "name", header: "Name", value: (row) => eventTitle({ type: row.type ?? "", name: row.name }) },
      { id: "messageId", header: "Message id", value: (row) => row.messageId, cell: (row) => <CopyText value={row.messageId} what="message id" keep={16} /> },
      { id: "source", header: "Source", value: (row) => nameOf(sources, row.sourceId), secondary: true },
      { id: "first", header: "First one received", value: (row) => row.first.receivedTo, cell: (row) => <TimeAgo time={row.first.receivedTo} />, align: "end", secondary: true },
    ],
    [sources],
  );
  return (
    <MessageList
      view="duplicates"
      label="Duplicates"
      sourceId={sourceId}
      query={query}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      onOpen={onOpen}
      empty={wanted || sourceId ? <Unmatched what="duplicate" onClear={onClear} /> : <NoDuplicates />}
    />
  );
}

export function RejectedList({ sourceId, wanted, sources, onOpen, onClear }: ListProps<RejectedMessage>) {
  const query = useInfiniteQuery(rejectedQuery({ sourceId, code: wanted }));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rejected) ?? [], [query.data]);
  const columns = useMemo(
    (): DataColumn<RejectedMessage>[] => [
      { id: "received", header: "Received", value: (row) => row.receivedAt, cell: (row) => <TimeAgo time={row.receivedAt} /> },
      { id: "reason", header: "Reason", value: (row) => row.sentence, cell: (row) => <Words>{row.sentence}</Words> },
      { id: "remedy", header: "What to do", value: (row) => row.remedy, cell: (row) => <Words>{row.remedy}</Words>, secondary: true },
      { id: "code", header: "Code", value: (row) => row.code, cell: (row) => <span className="mono">{row.code}</span>, secondary: true },
      { id: "source", header: "Source", value: (row) => nameOf(sources, row.sourceId), secondary: true },
    ],
    [sources],
  );
  return (
    <MessageList
      view="rejected"
      label="Rejected messages"
      sourceId={sourceId}
      query={query}
      rows={rows}
      columns={columns}
      rowKey={(row) => String(row.offset)}
      onOpen={onOpen}
      empty={
        wanted || sourceId ? (
          <Unmatched what="rejected message" onClear={onClear} />
        ) : (
          <EmptyState icon={IconShieldCheck} title="Nothing was rejected">
            A message that breaks a rule stands here with the reason, what to do about it, and the original exactly as it arrived. The good messages sent
            with it go on.
          </EmptyState>
        )
      }
    />
  );
}

function Unmatched({ what, onClear }: { what: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={IconFilterOff}
      title={`No ${what} matches`}
      action={
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      }
    >
      New ones that match appear here by themselves.
    </EmptyState>
  );
}

/** Shows how one makes a duplicate, as that is the quickest way to see what one is. */
function NoDuplicates() {
  const source = useQuery(sourcesQuery).data?.find((each) => each.enabled && each.keys.some((key) => key.enabled));
  const key = source?.keys.find((each) => each.enabled)?.key;
  return (
    <EmptyState
      icon={IconCopyCheck}
      title="No duplicate yet"
      more={key && <CodeBlock title="Send one message twice" showTitle code={twiceSnippet(snippetTarget(window.location.origin, key))} />}
    >
      SDKs send a message again when its answer got lost. It comes with the same message id, and is kept out of the events the second time; it then
      stands here with a link to the first one. Paste this to see it{source && <> at <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>{source.name}</Link></>}.
    </EmptyState>
  );
}
