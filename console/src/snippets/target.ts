/** Where an SDK sends to, in the forms that the different SDKs want. */
export interface SnippetTarget {
  writeKey: string;
  /** "https://events.example.com" */
  origin: string;
  /** "events.example.com" or "localhost:8080" */
  host: string;
  hostname: string;
  port: number;
  secure: boolean;
}

export function snippetTarget(origin: string, writeKey: string): SnippetTarget {
  const url = new URL(origin);
  const secure = url.protocol === "https:";
  return {
    writeKey,
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    port: url.port ? Number(url.port) : secure ? 443 : 80,
    secure,
  };
}
