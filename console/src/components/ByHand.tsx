import { Button, Popover, Stack, Text } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { CodeBlock } from "./CodeBlock";

export interface HandCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /api/v1, beginning with a slash. */
  path: string;
  body?: unknown;
  /** The words after `primedata` that do the same, where the command line can. */
  command?: string[];
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same action as a command to paste into a terminal. */
export function curlOf(call: HandCall, origin = window.location.origin): string {
  const lines = [`curl -X ${call.method} ${quoted(`${origin}/api/v1${call.path}`)}`, `  -H "Authorization: Bearer $PRIMEDATA_TOKEN"`];
  if (call.body !== undefined) {
    lines.push(`  -H 'Content-Type: application/json'`);
    lines.push(`  -d ${quoted(JSON.stringify(call.body))}`);
  }
  return lines.join(" \\\n");
}

/** The same action on the server's own command line. */
export function commandOf(words: string[]): string {
  return ["primedata", ...words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : quoted(word)))].join(" ");
}

/** Shows the API call and the command that do what the form does. */
export function ByHand({ call }: { call: HandCall }) {
  return (
    <Popover width="min(520px, 92vw)" position="top-start" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" c="dimmed" size="compact-sm" leftSection={<IconTerminal2 size={15} />}>
          By hand
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {call.command && <CodeBlock code={commandOf(call.command)} title="Command line" showTitle wrap />}
          <CodeBlock code={curlOf(call)} title="API call" showTitle wrap />
          <Text size="sm" c="dimmed">
            Both do what the button does. Create a token under Settings, API tokens, and put it in PRIMEDATA_TOKEN.
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
