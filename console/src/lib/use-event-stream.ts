import { useEffect, useRef, useState } from "react";

export type StreamState = "connecting" | "open" | "lost";

/** First wait after the server refused a stream, doubled up to the second figure. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 15_000;

/**
 * Listens to a server-sent event stream for as long as the component lives.
 *
 * A broken connection is taken up again by the browser with `Last-Event-ID`, so nothing is missed; a refused one is tried again here.
 * Pass `null` to listen to nothing.
 */
export function useEventStream(url: string | null, handlers: Record<string, (data: string) => void>): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const current = useRef(handlers);
  current.current = handlers;
  const names = Object.keys(handlers).join(",");

  useEffect(() => {
    if (url === null) return;
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let wait = RETRY_FIRST_MS;

    function open() {
      source = new EventSource(url as string);
      source.onopen = () => {
        wait = RETRY_FIRST_MS;
        setState("open");
      };
      source.onerror = () => {
        setState("lost");
        if (source?.readyState !== EventSource.CLOSED) return;
        retry = setTimeout(open, wait);
        wait = Math.min(wait * 2, RETRY_MAX_MS);
      };
      for (const name of names.split(","))
        source.addEventListener(name, (event) => current.current[name]?.((event as MessageEvent<string>).data));
    }
    setState("connecting");
    open();
    return () => {
      clearTimeout(retry);
      source?.close();
    };
  }, [url, names]);

  return state;
}
