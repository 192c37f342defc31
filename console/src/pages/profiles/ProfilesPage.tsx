import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconUserScan, IconUserSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { FoundProfile } from "~/api/model";
import { profilesQuery } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import type { ProfilesSearch } from "~/app/router";
import { PAGE_SEARCH } from "~/app/Shell";
import { ByHand, type HandCall } from "~/components/ByHand";
import { CodeBlock } from "~/components/CodeBlock";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { IdentifierName } from "~/components/IdentifierName";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount, shortenMiddle } from "~/lib/format";
import { identifySnippet, snippetTarget } from "~/snippets";
import { CatchingUp } from "./CatchingUp";
import { foundInWords } from "./profile-words";
import classes from "./ProfilesPage.module.css";

const route = getRouteApi("/signed-in/profiles");
/** Typing shows at once; the address and the list follow when the fingers rest. */
const TYPING_RESTS_MS = 200;
/** While there is nobody, the first one is waited for. */
const FIRST_ONE_MS = 2_000;

/** Finds a person or an account by anything one knows of them. */
export default function ProfilesPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/profiles" });
  const { query = "", collection } = search;
  const found = useQuery({
    ...profilesQuery(query, collection),
    refetchInterval: ({ state }) => (!query && state.data?.profiles.length === 0 ? FIRST_ONE_MS : false),
  });
  const change = (next: Partial<ProfilesSearch>) => navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  return (
    <Page
      title="Profiles"
      description="Every person and account that your events name, whatever device or identifier they came by."
      actions={<ByHand call={searchCall(search)} />}
    >
      <CatchingUp />
      <div className={classes.search} role="search" aria-label="Find people">
        <SearchField value={query} onChange={(next) => change({ query: next })} />
        <SegmentedControl
          aria-label="Who is shown"
          size="sm"
          value={collection ?? "all"}
          onChange={(next) => change({ collection: next === "users" || next === "accounts" ? next : undefined })}
          data={[
            { value: "all", label: "All" },
            { value: "users", label: "People" },
            { value: "accounts", label: "Accounts" },
          ]}
        />
      </div>
      <Panel flush>
        <QueryView query={found}>
          {({ profiles, isComplete }) =>
            profiles.length > 0 ? (
              <>
                <DataTable
                  label={query ? "Profiles that fit" : "Profiles of the newest events"}
                  rows={profiles}
                  columns={query ? COLUMNS : RECENT_COLUMNS}
                  rowKey={(row) => row.id}
                  rowLink={(row) => `/profiles/${row.id}`}
                />
                <p className={classes.foot}>{footOf(profiles.length, query, isComplete)}</p>
              </>
            ) : query || collection ? (
              <EmptyState
                icon={IconUserSearch}
                title={query ? `Nobody fits “${query}”` : "There is none yet"}
                action={
                  <Button variant="default" onClick={() => navigate({ search: {}, replace: true })}>
                    Show everybody
                  </Button>
                }
              >
                {query
                  ? "Identifiers are found by their whole value, names, emails and companies by the beginning of their words. Of several words, all have to fit."
                  : "Accounts are named by group calls, people by all others."}
              </EmptyState>
            ) : (
              <NobodyYet />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}

const COLUMNS: DataColumn<FoundProfile>[] = [
  { id: "label", header: "Called", value: (row) => row.label, cell: (row) => <Label of={row} /> },
  { id: "found", header: "Found by", value: (row) => foundInWords(row.found), secondary: true },
  {
    id: "identifiers",
    header: "Identifiers",
    value: (row) => row.identifiers.map((identifier) => `${identifier.type}:${identifier.value}`).join(" "),
    cell: (row) => <Identifiers of={row} />,
    secondary: true,
  },
  { id: "events", header: "Events", value: (row) => row.events, cell: (row) => formatCount(row.events), align: "end", secondary: true },
  { id: "lastSeen", header: "Last seen", value: (row) => row.lastSeen, cell: (row) => <TimeAgo time={row.lastSeen} />, align: "end" },
];

const RECENT_COLUMNS = COLUMNS.filter((column) => column.id !== "found");

/** One who is called by an identifier has a name that nobody reads to the end. */
function Label({ of: { label } }: { of: FoundProfile }) {
  return label.includes(" ") ? label : <span title={label} style={{ whiteSpace: "nowrap" }}>{shortenMiddle(label, 28)}</span>;
}

/** Shown in a row of the list: the most telling ones. */
const SHOWN = 2;

function Identifiers({ of: row }: { of: FoundProfile }) {
  const shown = row.identifiers.slice(0, SHOWN);
  const more = row.identifiersTotal - shown.length;
  return (
    <span className={classes.identifiers}>
      {shown.map((identifier) => (
        <IdentifierName key={`${identifier.type}:${identifier.value}`} of={identifier} keep={25} />
      ))}
      {more > 0 && <span className={classes.more}>and {formatCount(more)} more</span>}
    </span>
  );
}

function footOf(n: number, query: string, isComplete: boolean): string {
  if (!query) return "Those of the newest events, the latest first. Type to find anybody.";
  if (!isComplete) return `The first ${formatCount(n)}; there are more. Type more of what you know.`;
  return n === 1 ? "Nobody else fits." : `These ${formatCount(n)} are all that fit.`;
}

function SearchField({ value, onChange }: { value: string; onChange: (value: string | undefined) => void }) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), TYPING_RESTS_MS);
  useEffect(() => setTyped((known) => (known.trim() === value ? known : value)), [value]);
  return (
    <TextInput
      className={classes.field}
      size="md"
      aria-label="Find by an identifier, a name, an email or a company"
      placeholder="An identifier, a name, an email, a company"
      leftSection={<IconSearch size={17} />}
      spellCheck={false}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      {...{ [PAGE_SEARCH]: "" }}
    />
  );
}

/** Shows how one makes a person, as that is the quickest way to see what one is. */
function NobodyYet() {
  const source = useQuery(sourcesQuery).data?.find((each) => each.enabled && each.keys.some((key) => key.enabled));
  const key = source?.keys.find((each) => each.enabled)?.key;
  return (
    <EmptyState
      icon={IconUserScan}
      title="Nobody yet"
      more={key && <CodeBlock title="Identify somebody" showTitle code={identifySnippet(snippetTarget(window.location.origin, key))} />}
    >
      Each event that names somebody makes a profile or adds to one: a user id, an anonymous id, an email. Those that were on one event together are one person.
      Paste this to see it.
    </EmptyState>
  );
}

function searchCall({ query, collection }: ProfilesSearch): HandCall {
  const asked = new URLSearchParams();
  if (query) asked.set("query", query);
  if (collection) asked.set("collection", collection);
  return {
    method: "GET",
    path: asked.size > 0 ? `/profiles?${asked}` : "/profiles",
    command: ["profile", "search", ...(query ? query.split(/\s+/) : []), ...(collection ? ["--collection", collection] : [])],
  };
}
