import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { recentRejected } from "~/api/live";
import type { Source } from "~/api/model";
import { Sentence } from "~/components/Sentence";
import { RejectedDetail } from "~/pages/live/Detail";

/** How far back a link to a rejected message is followed. */
const LOOKED_THROUGH = 500;

interface OpenRejectedProps {
  open: string;
  sources: Source[];
  onClose: () => void;
}

/** The rejected message that the address names. */
export function OpenRejected({ open, sources, onClose }: OpenRejectedProps) {
  const offset = Number(open);
  const looked = useQuery({
    queryKey: ["rejected", "recent", offset],
    queryFn: () => recentRejected(LOOKED_THROUGH),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const message = looked.data?.find((row) => row.offset === offset);
  if (message) return <RejectedDetail of={message} source={sources.find((source) => source.id === message.sourceId)} onClose={onClose} />;
  if (looked.isFetching) return <div aria-busy="true" />;
  return (
    <div style={{ padding: 20 }}>
      <Sentence
        tone="warn"
        reason="What this link shows is not among the recent messages any more."
        remedy="Rejected messages are kept for a bounded time; narrow the list by source and code to find others like it."
        action={
          <Button size="compact-sm" variant="default" onClick={onClose}>
            Close
          </Button>
        }
      />
    </div>
  );
}
