import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "./client";

/** Lists are short here (sources, destinations, people): one page of the largest size holds them. */
const WHOLE_LIST = { query: { "pagination[count]": 200 } };
/** Definitions change by hand; what another tab changed shows within this time. */
const DEFINITIONS_FRESH_MS = 15_000;
const CATALOG_FRESH_MS = Number.POSITIVE_INFINITY;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => dataOf(api.GET("/session")),
  staleTime: 60_000,
  retry: false,
});

export const setupQuery = (token: string) =>
  queryOptions({
    queryKey: ["setup", token],
    queryFn: () => dataOf(api.GET("/setup", { params: { query: { token } } })),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: async () => (await dataOf(api.GET("/sources", { params: WHOLE_LIST }))).sources,
  staleTime: DEFINITIONS_FRESH_MS,
});

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", id],
    queryFn: async () => (await dataOf(api.GET("/sources/{sourceId}", { params: { path: { sourceId: id } } }))).source,
    staleTime: DEFINITIONS_FRESH_MS,
  });

export const sourceCatalogQuery = queryOptions({
  queryKey: ["catalog", "sources"],
  queryFn: async () => (await dataOf(api.GET("/catalog/sources", { params: WHOLE_LIST }))).sourcesCatalog,
  staleTime: CATALOG_FRESH_MS,
});

export const destinationsQuery = queryOptions({
  queryKey: ["destinations"],
  queryFn: async () => (await dataOf(api.GET("/destinations", { params: WHOLE_LIST }))).destinations,
  staleTime: DEFINITIONS_FRESH_MS,
});

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: ["destinations", id],
    queryFn: async () =>
      (await dataOf(api.GET("/destinations/{destinationId}", { params: { path: { destinationId: id } } }))).destination,
    staleTime: DEFINITIONS_FRESH_MS,
  });

export const destinationCatalogQuery = queryOptions({
  queryKey: ["catalog", "destinations"],
  queryFn: async () =>
    (await dataOf(api.GET("/catalog/destinations", { params: WHOLE_LIST }))).destinationsCatalog,
  staleTime: CATALOG_FRESH_MS,
});

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ["deliveries", id],
    queryFn: () => dataOf(api.GET("/destinations/{destinationId}/deliveries", { params: { path: { destinationId: id } } })),
    refetchInterval: 3_000,
  });

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: () => dataOf(api.GET("/overview")),
  refetchInterval: 3_000,
});

export const overviewSeriesQuery = (minutes: number, sourceId?: string) =>
  queryOptions({
    queryKey: ["overview", "series", minutes, sourceId ?? null],
    queryFn: async () =>
      (await dataOf(api.GET("/overview/series", { params: { query: { minutes, sourceId } } }))).series,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

export const membersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async () => (await dataOf(api.GET("/users", { params: WHOLE_LIST }))).users,
});

export const invitesQuery = queryOptions({
  queryKey: ["invites"],
  queryFn: async () => (await dataOf(api.GET("/invites", { params: WHOLE_LIST }))).invites,
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await dataOf(api.GET("/tokens", { params: WHOLE_LIST }))).tokens,
});

export const oauthAppsQuery = queryOptions({
  queryKey: ["oauth-apps"],
  queryFn: async () => (await dataOf(api.GET("/oauth-apps", { params: WHOLE_LIST }))).oauthApps,
});

export const auditQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ["audit", cursor ?? null],
    queryFn: () =>
      dataOf(api.GET("/audit-events", { params: { query: { "pagination[count]": 100, "pagination[cursor]": cursor } } })),
    placeholderData: keepPreviousData,
  });

export const configurationQuery = queryOptions({
  queryKey: ["configuration"],
  queryFn: async () => (await dataOf(api.GET("/configuration"))).settings,
});
