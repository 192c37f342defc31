import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { member, parseExact, toPlain } from "~/lib/exact-json";
import { api, dataOf, textOf } from "./client";
import type {
  DeliveryOverview,
  DeliveryQueue,
  DeliveryStep,
  DeliverySummary,
  Dimension,
  Discard,
  EventState,
  ReceiptDetail,
  ReceiptFilter,
  ReceiptPage,
  ExpiredEvents,
  Replay,
  ReplayPreview,
  ReplaySpec,
  RequestPreview,
} from "./delivery-model";
import { deliveryRange, type DeliveryRange, type DeliverySpan, rangeBefore, receiptsWindow } from "./delivery-range";
import { eventOf } from "./live";
import type { Destination } from "./model";

type Query = Record<string, string | number | undefined>;

/** The client for paths whose answers `delivery-model` describes. */
const untyped = api as unknown as { request(method: "get" | "post", path: string, init: object): Promise<{ data?: never; error?: unknown; response: Response }> };

const call = <Data>(method: "get" | "post", path: string, init: { query?: Query; body?: unknown } = {}): Promise<Data> =>
  dataOf<Data>(untyped.request(method, path, { params: { query: init.query }, body: init.body }));

const text = (method: "get", path: string): Promise<string> => textOf(untyped.request(method, path, { parseAs: "text" }));

const segment = encodeURIComponent;
/** A page of a list: as many rows as a person scrolls through before asking for older ones. */
const LIST_PAGE = 50;
/** Told apart in a breakdown: more than anybody reads. */
const GROUPS_PAGE = 100;
/** Counts follow receipts within seconds. */
const COUNTS_EVERY_MS = 10_000;
/** Queues are watched while something goes wrong. */
const QUEUES_EVERY_MS = 2_000;
/** Breakdowns and reasons are read, not watched. */
const REASONS_EVERY_MS = 30_000;

type Whose = Pick<Destination, "id" | "sourceId">;
const windowOf = (of: Whose, range: DeliveryRange): Query => ({ sourceId: of.sourceId, destinationConfigId: of.id, ...range });

export const deliverySummaryQuery = (of: Whose, span: DeliverySpan) =>
  queryOptions({
    queryKey: ["delivery", "summary", of.id, span],
    queryFn: () => call<DeliverySummary>("get", "/delivery/summary", { query: windowOf(of, deliveryRange(span, Date.now())) }),
    refetchInterval: COUNTS_EVERY_MS,
  });

const overview = (of: Whose, range: DeliveryRange, step: DeliveryStep, by?: Dimension) =>
  call<DeliveryOverview>("get", `/delivery-overview/${step}`, { query: { ...windowOf(of, range), groupBy: by, "pagination[count]": GROUPS_PAGE } });

/** One step over time, with the range that was asked for. */
export const deliveryOverviewQuery = (of: Whose, span: DeliverySpan, step: DeliveryStep) =>
  queryOptions({
    queryKey: ["delivery", "overview", of.id, span, step],
    queryFn: async () => {
      const range = deliveryRange(span, Date.now());
      return { step, range, ...(await overview(of, range, step)) };
    },
    refetchInterval: COUNTS_EVERY_MS,
  });

/** One step taken apart by a dimension, with the range just before of the same length: null where that is no longer kept. */
export const breakdownQuery = (of: Whose, span: DeliverySpan, step: DeliveryStep, by: Dimension) =>
  queryOptions({
    queryKey: ["delivery", "breakdown", of.id, span, step, by],
    queryFn: async () => {
      const askedAt = Date.now();
      const range = deliveryRange(span, askedAt);
      const earlier = rangeBefore(range, askedAt);
      const [now, before] = await Promise.all([overview(of, range, step, by), earlier ? overview(of, earlier, step, by) : null]);
      return { step, range, askedAt, ...now, before: earlier && before ? { range: earlier, ...before } : null };
    },
    refetchInterval: REASONS_EVERY_MS,
  });

export const discardsQuery = (of: Whose, span: DeliverySpan) =>
  queryOptions({
    queryKey: ["delivery", "discards", of.id, span],
    queryFn: async () => (await call<{ discards: Discard[] }>("get", "/delivery/discards", { query: windowOf(of, deliveryRange(span, Date.now())) })).discards,
    refetchInterval: REASONS_EVERY_MS,
  });

/** The receipts that match, begun within the span where one is given, the newest first. */
export const receiptsQuery = (filter: Omit<ReceiptFilter, "startTime" | "endTime">, span?: DeliverySpan) =>
  infiniteQueryOptions({
    queryKey: ["delivery", "receipts", filter, span ?? null],
    queryFn: ({ pageParam }) =>
      call<ReceiptPage>("get", "/delivery/receipts", {
        query: { ...filter, ...(span && receiptsWindow(span, Date.now())), "pagination[count]": LIST_PAGE, "pagination[cursor]": pageParam },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next ?? undefined,
  });

export const receiptQuery = (id: string) =>
  queryOptions({
    queryKey: ["delivery", "receipt", id],
    queryFn: async () => receiptOf(await text("get", `/delivery/receipts/${segment(id)}`)),
    retry: false,
  });

/** A receipt whose event keeps its numbers to the last digit. */
export function receiptOf(answer: string): ReceiptDetail {
  const detail = member(parseExact(answer), "data");
  if (detail?.kind !== "object") throw new TypeError("an answer has a receipt");
  const event = member(detail, "event");
  const rest = toPlain({ kind: "object", entries: detail.entries.filter(([key]) => key !== "event") }) as Omit<ReceiptDetail, "event">;
  return { ...rest, event: event?.kind === "object" ? eventOf(event) : null };
}

/** What became of an event at a destination when it was sent for the first time. */
export const eventStateQuery = (destinationId: string, offset: number) =>
  queryOptions({
    queryKey: ["delivery", "state", destinationId, offset],
    queryFn: () => call<EventState>("get", "/delivery/state", { query: { destinationId, offset } }),
    refetchInterval: 5_000,
  });

/** As many as a workspace has destinations, and replays of them, for one event. */
const RECEIPTS_OF_ONE_MAX = 200;

/** All receipts of one message. */
export const messageReceiptsQuery = (messageId: string) =>
  queryOptions({
    queryKey: ["delivery", "receipts", "of", messageId],
    queryFn: async () =>
      (await call<ReceiptPage>("get", "/delivery/receipts", { query: { messageId, "pagination[count]": RECEIPTS_OF_ONE_MAX } })).receipts,
    refetchInterval: 5_000,
  });

export const queuesQuery = queryOptions({
  queryKey: ["delivery", "queues"],
  queryFn: async () => (await call<{ queues: DeliveryQueue[] }>("get", "/delivery/queues")).queues,
  refetchInterval: QUEUES_EVERY_MS,
});

export const replaysQuery = queryOptions({
  queryKey: ["replays"],
  queryFn: async () => (await call<{ replays: Replay[] }>("get", "/replays")).replays,
  // What runs is watched; what ended does not change.
  refetchInterval: (query) => (query.state.data?.some((replay) => replay.state === "RUNNING") ? 2_000 : 15_000),
});

/** Events that ran out of time, by day. */
export const expiredQuery = (destinationId: string) =>
  queryOptions({
    queryKey: ["expired", destinationId],
    queryFn: () => call<ExpiredEvents>("get", `/destinations/${segment(destinationId)}/expired`),
  });

/** What a replay would send; nothing is sent. */
export const previewReplay = async (spec: ReplaySpec) => (await call<{ preview: ReplayPreview }>("post", "/replays/preview", { body: spec })).preview;
export const startReplay = async (spec: ReplaySpec) => (await call<{ replay: Replay }>("post", "/replays", { body: spec })).replay;
export const cancelReplay = async (id: string) => (await call<{ replay: Replay }>("post", `/replays/${segment(id)}/cancel`)).replay;

/** While no event has come that could be shown, one is looked for this often. */
const LOOK_AGAIN_MS = 3_000;

/** What a destination would be sent for the newest event that it takes, or for one that is named. */
export const requestPreviewQuery = (destinationId: string, messageId?: string) =>
  queryOptions({
    queryKey: ["destinations", destinationId, "preview", messageId ?? null],
    queryFn: async () =>
      previewOf(await textOf(untyped.request("post", `/destinations/${segment(destinationId)}/preview`, { body: messageId ? { messageId } : {}, parseAs: "text" }))),
    refetchInterval: (query) => (query.state.data && query.state.data.event === null ? LOOK_AGAIN_MS : false),
    retry: false,
    gcTime: 0,
  });

/** A preview from an answer's text: the event keeps every digit. */
export function previewOf(text: string): RequestPreview {
  const preview = member(member(parseExact(text), "data"), "preview");
  if (preview?.kind !== "object") throw new TypeError("an answer has a preview");
  const event = member(preview, "event");
  const rest = toPlain({ kind: "object", entries: preview.entries.filter(([key]) => key !== "event") }) as Omit<RequestPreview, "event">;
  return { ...rest, event: event?.kind === "object" ? event : null };
}
