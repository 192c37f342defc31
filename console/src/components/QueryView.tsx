import { Button, Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemSentence } from "./Sentence";

/** A query, or several taken together. */
export interface Asked<T> {
  data: T | undefined;
  isError: boolean;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

interface QueryViewProps<T> {
  query: Asked<T>;
  /** Stands in while the first answer is on its way; same height as the content, so that nothing jumps. */
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shows a query's data, its absence while loading, or why it could not be loaded with a way to try again. */
export function QueryView<T>({ query, loading, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return (
      <div style={{ padding: 18 }}>
        <ProblemSentence
          error={query.error}
          action={
            <Button size="compact-sm" variant="default" loading={query.isFetching} onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      </div>
    );
  return (
    loading ?? (
      <Stack p="lg" gap="sm" aria-busy="true">
        <Skeleton height={14} width="42%" />
        <Skeleton height={14} width="78%" />
        <Skeleton height={14} width="61%" />
      </Stack>
    )
  );
}
