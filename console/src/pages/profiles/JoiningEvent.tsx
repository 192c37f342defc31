import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { recentEvents } from "~/api/live";
import type { Source } from "~/api/model";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { EventDetail } from "~/pages/live/Detail";

interface JoiningEventProps {
  messageId: string;
  sources: Source[];
  onClose: () => void;
}

/** The event that joined two identifiers, from the stream of events. */
export function JoiningEvent({ messageId, sources, onClose }: JoiningEventProps) {
  const query = useQuery({
    queryKey: ["events", "one", messageId],
    queryFn: async () => (await recentEvents({ messageId, limit: 1 }))[0] ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <QueryView query={query}>
      {(event) =>
        event ? (
          <EventDetail of={event} source={sources.find((source) => source.id === event.sourceId)} onClose={onClose} />
        ) : (
          <div style={{ padding: 20 }}>
            <Sentence
              tone="warn"
              reason={`The event ${messageId} is not among the events that are kept any more.`}
              remedy="What it did to profiles stays. The profile's own events may still have it: look for its time there."
              action={
                <Button size="compact-sm" variant="default" onClick={onClose}>
                  Close
                </Button>
              }
            />
          </div>
        )
      }
    </QueryView>
  );
}
