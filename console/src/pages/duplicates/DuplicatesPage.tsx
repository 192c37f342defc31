import { Drawer, Select, Tabs, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ledgerQuery } from "~/api/ledger";
import type { Source } from "~/api/model";
import { sourcesQuery } from "~/api/queries";
import type { DuplicatesSearch } from "~/app/router";
import { PAGE_SEARCH } from "~/app/Shell";
import { ByHand, type HandCall } from "~/components/ByHand";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { formatCount } from "~/lib/format";
import { DeduplicationPanel } from "./DeduplicationPanel";
import { DuplicateDetail } from "./DuplicateDetail";
import classes from "./DuplicatesPage.module.css";
import { LedgerPanel } from "./LedgerPanel";
import { DuplicateList, RejectedList } from "./lists";
import { OpenRejected } from "./OpenRejected";

const route = getRouteApi("/signed-in/duplicates");
/** Typing shows at once; the address and the list follow when the fingers rest. */
const TYPING_RESTS_MS = 300;

/** What was accepted and did not become an event, and whether everything adds up. */
export default function DuplicatesPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/duplicates" });
  const sources = useQuery(sourcesQuery).data ?? [];
  const { source, span = "24h", view } = search;
  const change = (next: Partial<DuplicatesSearch>) => navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  const close = () => change({ open: undefined });
  const clear = () => change({ source: undefined, message: undefined, code: undefined });
  return (
    <Page
      title="Duplicates and rejected"
      description="What was accepted and did not become an event: messages that had been processed before, and messages that break a rule."
      width="wide"
      actions={<SourceFilter sources={sources} value={source} onChange={(next) => change({ source: next, open: undefined })} />}
    >
      <LedgerPanel sourceId={source} span={span} onSpan={(next) => change({ span: next })} />
      <DeduplicationPanel />
      <Panel flush>
        <Tabs value={view ?? "duplicates"} onChange={(next) => change({ view: next === "rejected" ? "rejected" : undefined, open: undefined })}>
          <Tabs.List className={classes.tabs}>
            <Tabs.Tab value="duplicates">Duplicates</Tabs.Tab>
            <Tabs.Tab value="rejected">Rejected</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="duplicates">
            <div className={classes.filters} role="search" aria-label="Filter">
              <MessageFilter value={search.message} onChange={(message) => change({ message })} />
              <div className={classes.hand}>
                <ByHand call={listCall("duplicates", { sourceId: source, messageId: search.message })} />
              </div>
            </div>
            <DuplicateList sourceId={source} wanted={search.message} sources={sources} onOpen={(row) => change({ open: row.id })} onClear={clear} />
          </Tabs.Panel>
          <Tabs.Panel value="rejected">
            <div className={classes.filters} role="search" aria-label="Filter">
              <CodeFilter search={search} onChange={(code) => change({ code })} />
              <div className={classes.hand}>
                <ByHand call={listCall("rejected", { sourceId: source, code: search.code })} />
              </div>
            </div>
            <RejectedList sourceId={source} wanted={search.code} sources={sources} onOpen={(row) => change({ open: String(row.offset) })} onClear={clear} />
          </Tabs.Panel>
        </Tabs>
      </Panel>
      <Drawer.Root opened={search.open !== undefined} onClose={close} position="right" size="min(720px, 100%)" padding={0}>
        <Drawer.Overlay backgroundOpacity={0.35} />
        <Drawer.Content aria-label="Detail">
          {search.open !== undefined &&
            (view === "rejected" ? (
              <OpenRejected open={search.open} sources={sources} onClose={close} />
            ) : (
              <DuplicateDetail id={search.open} sources={sources} onClose={close} />
            ))}
        </Drawer.Content>
      </Drawer.Root>
    </Page>
  );
}

function SourceFilter({ sources, value, onChange }: { sources: Source[]; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return (
    <Select
      aria-label="Source"
      placeholder="All sources"
      clearable
      clearButtonProps={{ "aria-label": "All sources" }}
      searchable={sources.length > 8}
      data={sources.map((source) => ({ value: source.id, label: source.name }))}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

function MessageFilter({ value = "", onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), TYPING_RESTS_MS);
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      size="xs"
      aria-label="Message id"
      placeholder="Message id"
      leftSection={<IconSearch size={14} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      {...{ [PAGE_SEARCH]: "" }}
    />
  );
}

/** The codes that occurred within the range, each with how often. */
function CodeFilter({ search, onChange }: { search: DuplicatesSearch; onChange: (code: string | undefined) => void }) {
  const reasons = useQuery(ledgerQuery(search.span ?? "24h", search.source)).data?.reasons ?? [];
  const data = reasons.map((reason) => ({ value: reason.code, label: `${reason.code} (${formatCount(reason.messages)})` }));
  // One that a link brought is offered although it did not occur lately.
  if (search.code && !data.some((each) => each.value === search.code)) data.push({ value: search.code, label: search.code });
  return (
    <Select
      size="xs"
      aria-label="Code"
      placeholder="Any code"
      clearable
      clearButtonProps={{ "aria-label": "Any code" }}
      searchable={data.length > 8}
      nothingFoundMessage="No code"
      data={data}
      value={search.code ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

function listCall(list: "duplicates" | "rejected", filter: { sourceId?: string; messageId?: string; code?: string }): HandCall {
  const flags = { sourceId: "--source", messageId: "--message-id", code: "--code" } as const;
  const given = (Object.keys(flags) as (keyof typeof flags)[]).flatMap((name) => (filter[name] ? [[name, filter[name]] as const] : []));
  const query = new URLSearchParams(given.map(([name, value]) => [name, value]));
  return {
    method: "GET",
    path: given.length > 0 ? `/${list}?${query}` : `/${list}`,
    command: [list, "list", ...given.flatMap(([name, value]) => [flags[name], value])],
  };
}
