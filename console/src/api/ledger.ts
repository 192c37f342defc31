import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, textOf } from "./client";
import { eventOf } from "./live";
import type { Duplicate, LiveEvent } from "./model";
import { member, parseExact, toPlain } from "~/lib/exact-json";

/** How far back the ledger is shown. It stands in the address. */
export const LEDGER_SPANS = ["1h", "24h", "7d", "30d"] as const;
export type LedgerSpan = (typeof LEDGER_SPANS)[number];

const HOURS: Record<LedgerSpan, number> = { "1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24 };
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The query of a span that ends now: by minute where that is short, else by hour; the one that runs is its last. */
export function ledgerRange(span: LedgerSpan, now: number): { from: string; resolution: "minute" | "hour"; hours: number } {
  const hours = HOURS[span];
  const resolution = hours === 1 ? "minute" : "hour";
  const step = resolution === "minute" ? MINUTE_MS : HOUR_MS;
  const from = Math.floor(now / step) * step - hours * HOUR_MS + step;
  return { from: new Date(from).toISOString(), resolution, hours };
}

export const ledgerQuery = (span: LedgerSpan, sourceId?: string) =>
  queryOptions({
    queryKey: ["ledger", span, sourceId ?? null],
    queryFn: () => {
      const { from, resolution } = ledgerRange(span, Date.now());
      return dataOf(api.GET("/ledger", { params: { query: { sourceId, from, resolution } } }));
    },
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });

/** A page of a list: as many rows as a person scrolls through before asking for older ones. */
export const LIST_PAGE = 50;

export const duplicatesQuery = (filter: { sourceId?: string; messageId?: string }) =>
  infiniteQueryOptions({
    queryKey: ["duplicates", filter],
    queryFn: ({ pageParam }) => dataOf(api.GET("/duplicates", { params: { query: { ...filter, limit: LIST_PAGE, "pagination[cursor]": pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next ?? undefined,
  });

export const rejectedQuery = (filter: { sourceId?: string; code?: string }) =>
  infiniteQueryOptions({
    queryKey: ["rejected", filter],
    queryFn: ({ pageParam }) => dataOf(api.GET("/rejected", { params: { query: { ...filter, limit: LIST_PAGE, "pagination[cursor]": pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next ?? undefined,
  });

export interface DuplicateDetail {
  duplicate: Duplicate;
  firstEvent: LiveEvent | null;
  firstEventMissing: string | null;
}

/** One duplicate with the event that it repeats, whose numbers stay exact. */
export const duplicateQuery = (id: string) =>
  queryOptions({
    queryKey: ["duplicates", "one", id],
    queryFn: async () => detailOf(await textOf(api.GET("/duplicates/{duplicateId}", { params: { path: { duplicateId: id } }, parseAs: "text" }))),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export function detailOf(text: string): DuplicateDetail {
  const data = member(parseExact(text), "data");
  if (data?.kind !== "object") throw new TypeError("an answer has data");
  const event = member(data, "firstEvent");
  const rest = toPlain({ kind: "object", entries: data.entries.filter(([key]) => key !== "firstEvent") }) as Omit<DuplicateDetail, "firstEvent">;
  return { ...rest, firstEvent: event?.kind === "object" ? eventOf(event) : null };
}

export const deduplicationQuery = queryOptions({
  queryKey: ["deduplication"],
  queryFn: async () => (await dataOf(api.GET("/deduplication"))).deduplication ?? null,
  refetchInterval: 5_000,
});

/** What arrives of a list, to tell how many newer ones there are. */
export function arrivalsUrl(view: "duplicates" | "rejected", sourceId?: string): string {
  const query = new URLSearchParams({ include: view });
  if (sourceId) query.set("sourceId", sourceId);
  return `/api/v1/events/stream?${query}`;
}
