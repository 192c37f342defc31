import { Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Setting } from "~/api/model";
import { configurationQuery } from "~/api/queries";
import { PAGE_SEARCH } from "~/app/Shell";
import { CopyText } from "~/components/CopyText";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { environmentVariable, shownValue } from "./setting-text";

const ORIGINS: Record<string, string> = { default: "Default", file: "File", environment: "Environment", commandline: "Command line" };

const COLUMNS: DataColumn<Setting>[] = [
  {
    id: "key",
    header: "Key and environment variable",
    value: (row) => row.key,
    cell: (row) => (
      <>
        <span className="mono">{row.key}</span>
        <br />
        <Text span size="xs" c="dimmed">
          <CopyText value={environmentVariable(row.key)} what="variable" />
        </Text>
      </>
    ),
  },
  { id: "value", header: "Value in force", value: (row) => shownValue(row.value), cell: (row) => <span className="mono">{shownValue(row.value)}</span> },
  {
    id: "origin",
    header: "From",
    value: (row) => ORIGINS[row.origin] ?? row.origin,
    cell: (row) => <Text size="sm" c={row.origin === "default" ? "dimmed" : undefined} fw={row.origin === "default" ? undefined : 550}>{ORIGINS[row.origin] ?? row.origin}</Text>,
  },
];

/** What the server runs with, secrets masked. */
export default function ConfigurationPage() {
  const query = useQuery(configurationQuery);
  const [search, setSearch] = useState("");
  const needle = search.trim().toLowerCase();
  const shown = useMemo(
    () => query.data?.filter(({ key, value }) => `${key} ${shownValue(value)} ${environmentVariable(key)}`.toLowerCase().includes(needle)) ?? [],
    [query.data, needle],
  );
  return (
    <Page
      title="Configuration in force"
      description="What the server runs with, secrets masked. It is set by primedata.toml and by environment variables, and read when the server starts."
    >
      <Panel flush>
        <QueryView query={query}>
          {() => (
            <>
              <div style={{ padding: 12, borderBottom: "1px solid var(--pd-line)" }}>
                <TextInput
                  size="xs"
                  aria-label="Find a key or value"
                  placeholder="Find a key or value"
                  leftSection={<IconSearch size={14} />}
                  value={search}
                  onChange={(event) => setSearch(event.currentTarget.value)}
                  {...{ [PAGE_SEARCH]: "" }}
                />
              </div>
              <DataTable label="Configuration" rows={shown} columns={COLUMNS} rowKey={(row) => row.key} />
            </>
          )}
        </QueryView>
      </Panel>
    </Page>
  );
}
