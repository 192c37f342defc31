import createClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { paths } from "./schema";

export type { components, paths } from "./schema";
export type PrimeDataClient = Client<paths>;

/** The prefix under which the server mounts the public API. */
export const API_BASE_PATH = "/api/v1";

/**
 * A client for the public API whose paths, parameters and answers are typed from `api/openapi.json`.
 *
 * In a browser the session cookie authenticates; elsewhere pass `headers: { Authorization: "Bearer ..." }` and the server's `baseUrl`.
 */
export function createPrimeDataClient(options: ClientOptions = {}): PrimeDataClient {
  return createClient<paths>({ baseUrl: API_BASE_PATH, ...options });
}
