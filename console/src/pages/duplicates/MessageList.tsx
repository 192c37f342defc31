import { Button } from "@mantine/core";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { QueryView } from "~/components/QueryView";
import { plural } from "~/lib/format";
import classes from "./DuplicatesPage.module.css";
import { useArrivals } from "./use-arrivals";

interface MessageListProps<Row extends object> {
  view: "duplicates" | "rejected";
  label: string;
  sourceId: string | undefined;
  query: UseInfiniteQueryResult<{ pages: unknown[] }>;
  rows: Row[];
  columns: readonly DataColumn<Row>[];
  rowKey: (row: Row) => string;
  onOpen: (row: Row) => void;
  empty: ReactNode;
}

/** The newest first, older ones on demand. What arrives meanwhile is counted, and shown when asked for: no row moves under the pointer. */
export function MessageList<Row extends object>({ view, label, sourceId, query, rows, columns, rowKey, onOpen, empty }: MessageListProps<Row>) {
  const { arrived, reset } = useArrivals(view, sourceId);
  const nothing = query.data !== undefined && rows.length === 0;
  const showNewer = () => {
    reset();
    void query.refetch();
  };
  useEffect(() => {
    // There is nothing that could move.
    if (nothing && arrived > 0) showNewer();
  });
  return (
    <QueryView query={query}>
      {() =>
        nothing ? (
          empty
        ) : (
          <>
            {arrived > 0 && (
              <div className={classes.newer}>
                <Button size="compact-sm" variant="light" loading={query.isRefetching} onClick={showNewer}>
                  Show {plural(arrived, "newer one", "newer ones")}
                </Button>
              </div>
            )}
            <DataTable label={label} rows={rows} columns={columns} rowKey={rowKey} rowOpen={onOpen} tools />
            {query.hasNextPage && (
              <div className={classes.older}>
                <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                  Show older ones
                </Button>
              </div>
            )}
          </>
        )
      }
    </QueryView>
  );
}
