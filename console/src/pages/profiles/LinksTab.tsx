import { Button } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { LinkedProfile, ProfileDetail } from "~/api/model";
import { profileLinksQuery } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount } from "~/lib/format";
import { sourceLabel } from "./source-label";
import classes from "./ProfilePage.module.css";
import { wordsOf } from "./profile-words";

/** The accounts of a person, the members of an account. */
export function LinksTab({ profile }: { profile: ProfileDetail }) {
  const query = useInfiniteQuery(profileLinksQuery(profile.id));
  const sources = useQuery(sourcesQuery).data;
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.links) ?? [], [query.data]);
  const columns = useMemo(
    (): DataColumn<LinkedProfile>[] => [
      { id: "label", header: "Called", value: (row) => row.profile.label },
      {
        id: "identifier",
        header: "Identifier",
        value: (row) => row.profile.identifiers[0]?.value,
        cell: (row) => row.profile.identifiers[0] && <IdentifierName of={row.profile.identifiers[0]} keep={32} />,
        secondary: true,
      },
      { id: "events", header: "Events", value: (row) => row.profile.events, cell: (row) => formatCount(row.profile.events), align: "end", secondary: true },
      { id: "source", header: "Linked by", value: (row) => sourceLabel(sources, row.since.sourceId), secondary: true },
      { id: "since", header: "Linked", value: (row) => row.since.timestamp, cell: (row) => <TimeAgo time={row.since.timestamp} />, align: "end" },
    ],
    [sources],
  );
  const { links } = wordsOf(profile.collection);
  const isAccount = profile.collection === "accounts";
  return (
    <Panel flush title={links} description={isAccount ? "The people whom events linked with this account, the first one first." : "The accounts that events linked this person with, the first one first."}>
      <QueryView query={query}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={IconBuilding} title={isAccount ? "No member yet" : "No account yet"}>
              A group call links a person with an account, and so does an event with <code className="mono">context.groupId</code>.
            </EmptyState>
          ) : (
            <>
              <DataTable label={links} rows={rows} columns={columns} rowKey={(row) => row.profile.id} rowLink={(row) => `/profiles/${row.profile.id}`} />
              {query.hasNextPage && (
                <div className={classes.older}>
                  <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                    Show more
                  </Button>
                </div>
              )}
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}
