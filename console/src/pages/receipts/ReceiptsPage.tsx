import { Button, Drawer } from "@mantine/core";
import { IconFilterOff, IconReceipt } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { receiptsQuery, replaysQuery } from "~/api/delivery";
import type { Receipt } from "~/api/delivery-model";
import type { Destination } from "~/api/model";
import { destinationsQuery, sourcesQuery } from "~/api/queries";
import type { ReceiptsSearch } from "~/app/router";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { Words } from "~/components/Words";
import { formatDuration, shortenMiddle } from "~/lib/format";
import { STATES } from "~/pages/delivery/delivery-words";
import { eventTitle } from "~/pages/live/EventType";
import { EventPath } from "./EventPath";
import { ReceiptDetailView } from "./ReceiptDetailView";
import { ReceiptFilters } from "./ReceiptFilters";
import { receiptInWords } from "./path-steps";
import classes from "./ReceiptsPage.module.css";
import { apiFilter, isFiltered, NO_FILTER } from "./receipts-by-hand";

const route = getRouteApi("/signed-in/delivery/receipts");

/** What became of single events at destinations, and one event's whole path. */
export default function ReceiptsPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/delivery/receipts" });
  const destinations = useQuery(destinationsQuery).data ?? [];
  const sources = useQuery(sourcesQuery).data ?? [];
  const replays = useQuery(replaysQuery).data ?? [];
  const change = (next: Partial<ReceiptsSearch>) => navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  const close = () => change({ open: undefined });
  return (
    <Page
      title="Receipts"
      description="What became of single events at their destinations. Kept is everything that did not simply succeed, and a sample of what did; everything is counted."
      parent={{ label: "Delivery overview", to: "/delivery" }}
      width="wide"
    >
      {search.message && (
        <Panel title="Where it went" description="Each step of this message, in words." flush>
          <div className={classes.path}>
            <EventPath messageId={search.message} />
          </div>
        </Panel>
      )}
      <Panel flush>
        <ReceiptFilters search={search} destinations={destinations} replays={replays} onChange={(next) => change({ ...next, open: undefined })} />
        {search.state === "failed" && (
          <p className={classes.note}>
            What was tried for as long as events are stands under its own state:{" "}
            <Link to="/delivery/receipts" search={{ ...search, state: "expired" }}>
              expired
            </Link>
            .
          </p>
        )}
        <ReceiptList search={search} destinations={destinations} onOpen={(receipt) => change({ open: receipt.id })} onClear={() => change(NO_FILTER)} />
      </Panel>
      <Drawer.Root opened={search.open !== undefined} onClose={close} position="right" size="min(760px, 100%)" padding={0}>
        <Drawer.Overlay backgroundOpacity={0.35} />
        <Drawer.Content aria-label="Detail">
          {search.open !== undefined && <ReceiptDetailView key={search.open} id={search.open} destinations={destinations} sources={sources} onClose={close} />}
        </Drawer.Content>
      </Drawer.Root>
    </Page>
  );
}

interface ReceiptListProps {
  search: ReceiptsSearch;
  destinations: Destination[];
  onOpen: (receipt: Receipt) => void;
  onClear: () => void;
}

function ReceiptList({ search, destinations, onOpen, onClear }: ReceiptListProps) {
  const query = useInfiniteQuery(receiptsQuery(apiFilter(search), search.span));
  const receipts = useMemo(() => query.data?.pages.flatMap((page) => page.receipts) ?? [], [query.data]);
  const columns = useMemo(
    (): DataColumn<Receipt>[] => [
      { id: "event", header: "Event", value: (row) => eventTitle({ type: row.eventType, name: row.eventName }) },
      { id: "state", header: "State", value: (row) => STATES[row.state].words, cell: (row) => <StatusDot tone={STATES[row.state].tone}>{STATES[row.state].words}</StatusDot> },
      { id: "received", header: "Received", value: (row) => row.receivedAt, cell: (row) => <TimeAgo time={row.receivedAt} /> },
      {
        id: "destination",
        header: "Destination",
        value: (row) => destinations.find((each) => each.id === row.destinationId)?.name ?? shortenMiddle(row.destinationId, 10),
        secondary: true,
      },
      { id: "said", header: "What happened", value: receiptInWords, cell: (row) => <div className={classes.said}><Words>{receiptInWords(row)}</Words></div>, secondary: true },
      { id: "code", header: "Code", value: (row) => row.code, cell: (row) => row.code && <span className="mono" title={row.code}>{shortenMiddle(row.code, 14)}</span>, secondary: true },
      { id: "attempts", header: "Attempts", value: (row) => row.attemptsTotal, align: "end", secondary: true },
      { id: "took", header: "After", value: (row) => row.latencyMs, cell: (row) => formatDuration(row.latencyMs), align: "end", secondary: true },
    ],
    [destinations],
  );
  return (
    <QueryView query={query}>
      {() => (
        <>
          {receipts.length > 0 ? (
            <DataTable label="Receipts" rows={receipts} columns={columns} rowKey={(row) => row.id} rowOpen={onOpen} tools />
          ) : (
            // The server looks through a bounded number of receipts for each page, so an empty page is not the end.
            !query.hasNextPage && <NoReceipt filtered={isFiltered(search)} onClear={onClear} />
          )}
          {query.hasNextPage && (
            <div className={classes.older}>
              <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                {receipts.length > 0 ? "Show older ones" : "Nothing yet among the newest; look further back"}
              </Button>
            </div>
          )}
        </>
      )}
    </QueryView>
  );
}

function NoReceipt({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <EmptyState
        icon={IconFilterOff}
        title="No receipt matches"
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      >
        Ids, names and codes are compared as a whole and letter by letter. Of events that were delivered at once, only a sample is kept.
      </EmptyState>
    );
  return (
    <EmptyState icon={IconReceipt} title="No receipt yet" action={<LinkButton to="/destinations">See destinations</LinkButton>}>
      As soon as an event is delivered, filtered or refused, its receipt stands here: every attempt, what was sent and what came back.
    </EmptyState>
  );
}
