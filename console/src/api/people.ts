import { infiniteQueryOptions, keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { type ExactJson, member, parseExact, toPlain } from "~/lib/exact-json";
import { api, dataOf, textOf } from "./client";
import type { Collection, Identifier, ProfileDetail, ProfileEvent } from "./model";

/** Everything read of people begins with this key: after an act all of it is read again. */
export const PEOPLE_KEY = ["people"] as const;

/** Reads all of people again: after an act, everybody may be another. */
export const readPeopleAnew = (queryClient: QueryClient): Promise<void> => queryClient.invalidateQueries({ queryKey: PEOPLE_KEY });

/** A list that is scanned with the eye; who is not in it is typed. */
const FOUND_MAX = 50;
/** A page of a timeline. */
const EVENTS_PAGE = 50;
const LINKS_PAGE = 50;

/** An identifier as it is written in addresses, on the command line and in this console: `email:jane@example.com`. */
export const nameOf = (identifier: Pick<Identifier, "type" | "value">): string => `${identifier.type}:${identifier.value}`;

export const profilesQuery = (query: string, collection?: Collection, limit = FOUND_MAX) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, "found", query, collection ?? null, limit],
    queryFn: () => dataOf(api.GET("/profiles", { params: { query: { query: query || undefined, collection, limit } } })),
    placeholderData: keepPreviousData,
  });

export const profileQuery = (id: string) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, "profile", id],
    queryFn: async () => profileOf(await textOf(api.GET("/profiles/{profileId}", { params: { path: { profileId: id } }, parseAs: "text" }))),
  });

/** A profile from an answer's text: the values of traits keep every digit. */
export function profileOf(text: string): ProfileDetail {
  const profile = member(member(parseExact(text), "data"), "profile");
  if (profile?.kind !== "object") throw new TypeError("an answer has a profile");
  const traits = member(profile, "traits");
  const rest = toPlain(without(profile, "traits")) as Omit<ProfileDetail, "traits">;
  return { ...rest, traits: traits?.kind === "array" ? traits.items.map((item) => withExact(item, "value") as ProfileDetail["traits"][number]) : [] };
}

export interface EventFilter {
  type?: string;
  name?: string;
}

export const profileEventsQuery = (id: string, filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: [...PEOPLE_KEY, "profile", id, "events", filter],
    queryFn: async ({ pageParam }) =>
      eventsOf(
        await textOf(
          api.GET("/profiles/{profileId}/events", {
            params: { path: { profileId: id }, query: { ...filter, limit: EVENTS_PAGE, "pagination[cursor]": pageParam } },
            parseAs: "text",
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

interface EventsPage {
  events: ProfileEvent[];
  next: string | null;
}

export function eventsOf(text: string): EventsPage {
  const data = member(parseExact(text), "data");
  const events = member(data, "events");
  const next = member(member(data, "pagination"), "next");
  return {
    events: events?.kind === "array" ? events.items.map((item) => withExact(item, "payload") as ProfileEvent) : [],
    next: next?.kind === "string" ? next.value : null,
  };
}

export const profileLinksQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...PEOPLE_KEY, "profile", id, "links"],
    queryFn: ({ pageParam }) =>
      dataOf(
        api.GET("/profiles/{profileId}/links", {
          params: { path: { profileId: id }, query: { "pagination[count]": LINKS_PAGE, "pagination[cursor]": pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next ?? undefined,
  });

export const profileGraphQuery = (id: string) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, "profile", id, "graph"],
    queryFn: async () => (await dataOf(api.GET("/profiles/{profileId}/graph", { params: { path: { profileId: id } } }))).graph,
  });

/**
 * Why two identifiers are one, as of a reading of the graph.
 *
 * It is read again with each reading and never by itself: of two that have been parted there is nothing to explain, and only the
 * graph tells.
 */
export const explanationQuery = (id: string, from: string, to: string, graphReadAt: number) =>
  queryOptions({
    queryKey: ["explanation", id, from, to, graphReadAt],
    queryFn: async () =>
      (await dataOf(api.GET("/profiles/{profileId}/explanation", { params: { path: { profileId: id }, query: { from, to } } }))).explanation,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (known, query) => (query?.queryKey[2] === from && query.queryKey[3] === to ? known : undefined),
  });

function without(object: ExactJson & { kind: "object" }, name: string): ExactJson {
  return { kind: "object", entries: object.entries.filter(([key]) => key !== name) };
}

/** An object as plain values, but for one member, which stays exact. */
function withExact(json: ExactJson, name: string): unknown {
  if (json.kind !== "object") throw new TypeError("a row is an object");
  return { ...(toPlain(without(json, name)) as object), [name]: member(json, name) ?? { kind: "literal", value: null } };
}
