import { Button, Popover, Stack, Text } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { CodeBlock } from "./CodeBlock";

export interface HandCall {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below /api/v1, beginning with a slash. */
  path: string;
  body?: unknown;
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

/** Shows the API call that does what the form does. */
export function ByHand({ call }: { call: HandCall }) {
  return (
    <Popover width="min(520px, 92vw)" position="top-start" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" c="dimmed" size="compact-sm" leftSection={<IconTerminal2 size={15} />}>
          As an API call
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            The same by hand. Create a token under Settings, API tokens, and put it in PRIMEDATA_TOKEN.
          </Text>
          <CodeBlock code={curlOf(call)} title="API call" wrap />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
