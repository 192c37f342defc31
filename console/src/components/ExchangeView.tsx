import type { Header } from "~/api/delivery-model";
import { parseExact, stringifyExact } from "~/lib/exact-json";
import { CodeBlock } from "./CodeBlock";
import classes from "./ExchangeView.module.css";

interface ShownRequest {
  method: string;
  url: string;
  headers: Header[] | Record<string, string>;
  body: string;
}

interface ExchangeViewProps {
  request?: ShownRequest | null;
  response?: { headers?: ShownRequest["headers"]; body: string; status?: number } | null;
  /** Of the answer, where the answer itself does not tell it. */
  status?: number | null;
  /** Of which, where several stand on a page: "attempt 2". */
  of?: string;
  /** One below the other, where there is little room. */
  below?: boolean;
}

/** What went out and what came back. */
export function ExchangeView({ request, response, status, of, below = false }: ExchangeViewProps) {
  if (!request && !response) return null;
  const answered = response?.status ?? status;
  const named = (title: string) => (of ? `${title}, ${of}` : title);
  return (
    <div className={classes.exchange} data-below={below || undefined}>
      {request && (
        <CodeBlock
          title={named("Request")}
          showTitle
          wrap
          code={[`${request.method} ${request.url}`, ...headerLines(request.headers), "", prettyBody(request.body)].join("\n")}
        />
      )}
      {response && <CodeBlock title={named(answered ? `Answer ${answered}` : "Answer")} showTitle wrap code={answerText(response)} />}
    </div>
  );
}

function headerLines(headers: ShownRequest["headers"]): string[] {
  const pairs = Array.isArray(headers) ? headers.map(({ name, value }) => [name, value]) : Object.entries(headers);
  return pairs.map(([name, value]) => `${name}: ${value}`);
}

function answerText({ headers = [], body }: NonNullable<ExchangeViewProps["response"]>): string {
  const shown = prettyBody(body) || "(empty)";
  const lines = headerLines(headers);
  return lines.length > 0 ? [...lines, "", shown].join("\n") : shown;
}

function prettyBody(body: string): string {
  try {
    return stringifyExact(parseExact(body));
  } catch {
    return body;
  }
}
