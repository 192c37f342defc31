import { Stack } from "@mantine/core";
import type { Exchange } from "~/api/model";
import { ExchangeView } from "~/components/ExchangeView";
import { Sentence } from "~/components/Sentence";
import { formatCount } from "~/lib/format";

/** What a test came to, what was sent and what came back. */
export function TestReport({ result }: { result: Exchange }) {
  const delivered = result.outcome === "delivered";
  return (
    <Stack gap="md">
      <Sentence
        tone={delivered ? "good" : "bad"}
        reason={result.reason}
        remedy={delivered ? `It took ${formatCount(result.latencyMs)} ms.` : "Change the settings or the other side, then test again."}
        code={delivered ? undefined : result.code}
        announce
      />
      <ExchangeView request={result.request} response={result.response} />
    </Stack>
  );
}
