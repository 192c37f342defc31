import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "~/api/problem";
import { sessionQuery } from "~/api/queries";

/** Tries once more what a passing fault broke; what the server refused stays refused. */
const RETRIES_MAX = 1;

/** A query client that notices when the session has ended, whichever call finds out first. */
export function createConsoleQueryClient(onSessionEnded: () => void): QueryClient {
  const noticeEnd = (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.status !== 401) return;
    if (client.getQueryData(sessionQuery.queryKey) === undefined) return;
    client.removeQueries({ queryKey: sessionQuery.queryKey });
    onSessionEnded();
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeEnd }),
    mutationCache: new MutationCache({ onError: noticeEnd }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < RETRIES_MAX && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
        staleTime: 5_000,
      },
    },
  });
  return client;
}
