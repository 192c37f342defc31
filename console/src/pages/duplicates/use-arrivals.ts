import { useEffect, useRef, useState } from "react";
import { arrivalsUrl } from "~/api/ledger";
import { useEventStream } from "~/lib/use-event-stream";

/** A count that changes more often than this only flickers. */
const TELL_EVERY_MS = 400;

/** How many of a list have arrived since it was loaded. */
export function useArrivals(view: "duplicates" | "rejected", sourceId: string | undefined): { arrived: number; reset: () => void } {
  const url = arrivalsUrl(view, sourceId);
  const [arrived, setArrived] = useState(0);
  const counted = useRef(0);
  useEffect(() => {
    counted.current = 0;
    setArrived(0);
    const timer = setInterval(() => setArrived(counted.current), TELL_EVERY_MS);
    return () => clearInterval(timer);
  }, [url]);
  const count = () => {
    counted.current++;
  };
  useEventStream(url, { duplicate: count, rejected: count, skipped: (data) => (counted.current += (JSON.parse(data) as { count: number }).count) });
  return {
    arrived,
    reset: () => {
      counted.current = 0;
      setArrived(0);
    },
  };
}
