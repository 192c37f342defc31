import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { expiredQuery } from "~/api/delivery";
import { QueryView } from "~/components/QueryView";
import { expiredInWords } from "./replay-words";

/** What is kept of a destination that ran out of time, so that the range is not a guess. */
export function ExpiredView({ destinationId }: { destinationId: string }) {
  const expired = useQuery(expiredQuery(destinationId));
  return (
    <QueryView query={expired}>
      {(all) => (
        <Text size="sm" c="dimmed" aria-live="polite">
          {expiredInWords(all)}
        </Text>
      )}
    </QueryView>
  );
}
