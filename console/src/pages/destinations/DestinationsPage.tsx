import { IconPlus, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Destination } from "~/api/model";
import { destinationsQuery, overviewQuery, sourcesQuery } from "~/api/queries";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { EnabledStatus } from "~/components/StatusDot";
import { formatCount } from "~/lib/format";

/** Where events go. */
export default function DestinationsPage() {
  const destinations = useQuery(destinationsQuery);
  const sources = useQuery(sourcesQuery).data;
  const activity = useQuery(overviewQuery).data?.destinations;
  const columns = useMemo((): DataColumn<Destination>[] => {
    const counts = new Map(activity?.map((each) => [each.id, each]));
    const delivered = (id: string) => (counts.get(id)?.delivered ?? 0) + (counts.get(id)?.archived ?? 0);
    const sourceNames = new Map(sources?.map((source) => [source.id, source.name]));
    return [
      { id: "name", header: "Name", value: (destination) => destination.name },
      { id: "kind", header: "Kind", value: (destination) => destination.metadata.name, secondary: true },
      {
        id: "source",
        header: "From source",
        value: (destination) => sourceNames.get(destination.sourceId),
        cell: (destination) => (
          <Link to="/sources/$sourceId" params={{ sourceId: destination.sourceId }} style={{ color: "inherit" }}>
            {sourceNames.get(destination.sourceId) ?? destination.sourceId}
          </Link>
        ),
        secondary: true,
      },
      {
        id: "status",
        header: "Status",
        value: (destination) => (destination.enabled ? "Enabled" : "Disabled"),
        cell: (destination) => <EnabledStatus enabled={destination.enabled} />,
      },
      {
        id: "delivered",
        header: "Delivered",
        value: (destination) => delivered(destination.id),
        cell: (destination) => formatCount(delivered(destination.id)),
        align: "end",
      },
      {
        id: "behind",
        header: "Behind",
        value: (destination) => counts.get(destination.id)?.behind ?? 0,
        cell: (destination) => formatCount(counts.get(destination.id)?.behind ?? 0),
        align: "end",
        secondary: true,
      },
    ];
  }, [activity, sources]);

  const add = (
    <LinkButton to="/destinations/new" leftSection={<IconPlus size={16} />}>
      Add destination
    </LinkButton>
  );
  return (
    <Page title="Destinations" description="A destination receives each processed event of one source, at least once and in its own time." actions={add}>
      <Panel flush>
        <QueryView query={destinations}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={IconSend} title="Nothing is delivered yet" action={add}>
                Send each event to a server of your own with a webhook, or keep all of them as files in an archive.
              </EmptyState>
            ) : (
              <DataTable
                label="Destinations"
                rows={rows}
                columns={columns}
                rowKey={(destination) => destination.id}
                rowLink={(destination) => `/destinations/${destination.id}`}
                tools={rows.length > 8}
              />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}
