import { IconBroadcast, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Source } from "~/api/model";
import { overviewQuery, sourcesQuery } from "~/api/queries";
import { CopyText } from "~/components/CopyText";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { EnabledStatus } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";

/** Where events come from. */
export default function SourcesPage() {
  const sources = useQuery(sourcesQuery);
  const activity = useQuery(overviewQuery).data?.sources;
  const columns = useMemo((): DataColumn<Source>[] => {
    const lastEvent = new Map(activity?.map((each) => [each.id, each.lastEventAt]));
    return [
      { id: "name", header: "Name", value: (source) => source.name },
      { id: "kind", header: "Kind", value: (source) => source.metadata.name, secondary: true },
      { id: "slug", header: "Slug", value: (source) => source.slug, cell: (source) => <CopyText value={source.slug} what="slug" />, secondary: true },
      {
        id: "status",
        header: "Status",
        value: (source) => (source.enabled ? "Enabled" : "Disabled"),
        cell: (source) => <EnabledStatus enabled={source.enabled} />,
      },
      {
        id: "lastEvent",
        header: "Last event",
        value: (source) => lastEvent.get(source.id),
        cell: (source) => <TimeAgo time={lastEvent.get(source.id)} never="none yet" />,
        align: "end",
      },
    ];
  }, [activity]);

  const add = (
    <LinkButton to="/sources/new" leftSection={<IconPlus size={16} />}>
      Add source
    </LinkButton>
  );
  return (
    <Page
      title="Sources"
      description="A source is a place events come from: a website, an app, a server. Each has its own write key."
      actions={add}
    >
      <Panel flush>
        <QueryView query={sources}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={IconBroadcast} title="No source yet" action={add}>
                Add one to get a write key and a snippet to paste. Any Segment library works: only its host changes.
              </EmptyState>
            ) : (
              <DataTable label="Sources" rows={rows} columns={columns} rowKey={(source) => source.id} rowLink={(source) => `/sources/${source.id}`} tools={rows.length > 8} />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}
