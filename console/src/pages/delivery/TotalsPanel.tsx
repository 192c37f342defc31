import { Link } from "@tanstack/react-router";
import type { DeliverySummary, DeliveryTotals, ReceiptState } from "~/api/delivery-model";
import { Panel } from "~/components/Panel";
import { Sentence } from "~/components/Sentence";
import { StatusDot, type Tone } from "~/components/StatusDot";
import { formatCount } from "~/lib/format";
import { sumOfTotals } from "./delivery-sums";
import classes from "./TotalsPanel.module.css";

const PARTS: { name: Exclude<keyof DeliveryTotals, "received" | "balanced">; words: string; state: ReceiptState; tone: Tone }[] = [
  { name: "filtered", words: "Filtered", state: "filtered", tone: "off" },
  { name: "delivered", words: "Delivered", state: "delivered", tone: "good" },
  { name: "failed", words: "Failed", state: "failed", tone: "bad" },
  { name: "expired", words: "Expired", state: "expired", tone: "bad" },
  { name: "waiting", words: "Waiting to be tried again", state: "retrying", tone: "warn" },
];

/** Where every event went that was begun: the parts add up to the whole, and each opens. */
export function TotalsPanel({ summaries, destination }: { summaries: DeliverySummary[]; destination: string | undefined }) {
  const totals = sumOfTotals(summaries.map((summary) => summary.totals));
  const caughtUp = summaries.every((summary) => summary.caughtUp);
  const balance = balanceOf(totals, caughtUp);
  return (
    <Panel
      title="Where every event went"
      description={destination ? "Since the destination's first event." : "Since the first event. An event counts once for each destination that it is for."}
      flush
      actions={<StatusDot tone={balance.tone}>{balance.words}</StatusDot>}
    >
      <ol className={classes.funnel}>
        <Step count={totals.received} of={totals.received} words="Received" tone="info" search={{ destination }} />
        {PARTS.map(({ name, words, state, tone }) => (
          <Step key={name} count={totals[name]} of={totals.received} words={words} tone={tone} search={{ destination, state }} />
        ))}
      </ol>
      {!totals.balanced && (
        <div className={classes.note}>
          <Sentence tone="bad" reason="The parts do not add up to what was received." remedy="This must not happen. Please report it with the server's log of that time." />
        </div>
      )}
      {!caughtUp && (
        <div className={classes.note}>
          <Sentence
            tone="info"
            reason="Not all receipts have been read yet, so the numbers are too small."
            remedy="After a start this takes some seconds; the page follows by itself."
          />
        </div>
      )}
    </Panel>
  );
}

function balanceOf(totals: DeliveryTotals, caughtUp: boolean): { tone: Tone; words: string } {
  if (!totals.balanced) return { tone: "bad", words: "Does not add up" };
  return caughtUp ? { tone: "good", words: "Adds up" } : { tone: "info", words: "Still being read" };
}

interface StepProps {
  count: number;
  of: number;
  words: string;
  tone: Tone;
  search: { destination: string | undefined; state?: ReceiptState };
}

function Step({ count, of, words, tone, search }: StepProps) {
  const share = of > 0 ? count / of : 0;
  return (
    <li>
      <Link to="/delivery/receipts" search={search} className={classes.step}>
        <span className={classes.words}>{words}</span>
        <span className={classes.track} aria-hidden>
          <span className={classes.bar} style={{ width: `${share * 100}%`, background: `var(--pd-${tone}-dot)` }} />
        </span>
        <span className={`${classes.count} tabular`}>{formatCount(count)}</span>
        <span className={`${classes.share} tabular`}>{of > 0 ? percent(share) : ""}</span>
      </Link>
    </li>
  );
}

/** Little is not nothing, and nearly all is not all. */
function percent(share: number): string {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}
