import { Link } from "@tanstack/react-router";
import type { ReplayPreview } from "~/api/delivery-model";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { Sentence } from "~/components/Sentence";
import { formatExactTime } from "~/lib/format";
import { eventTitle } from "~/pages/live/EventType";
import { isWorthStarting, previewInWords } from "./replay-words";
import classes from "./Replays.module.css";

type Sample = ReplayPreview["samples"][number];

const COLUMNS: DataColumn<Sample>[] = [
  {
    id: "event",
    header: "Event",
    value: (sample) => eventTitle({ type: sample.eventType, name: sample.eventName }),
    cell: (sample) => (
      <Link to="/delivery/receipts" search={{ message: sample.messageId }}>
        {eventTitle({ type: sample.eventType, name: sample.eventName })}
      </Link>
    ),
  },
  { id: "type", header: "Type", value: (sample) => sample.eventType, secondary: true },
  { id: "received", header: "Received", value: (sample) => sample.receivedAt, cell: (sample) => formatExactTime(sample.receivedAt) },
];

/** What a replay would send. */
export function ReplayPreviewView({ preview }: { preview: ReplayPreview }) {
  if (!isWorthStarting(preview))
    return (
      <Sentence
        tone="warn"
        reason={previewInWords(preview)}
        remedy="What a replay has delivered since is left out, unless you choose everything. Choose that, a longer time, or another type and name."
      />
    );
  const times = preview.firstAt && preview.lastAt ? `Received from ${formatExactTime(preview.firstAt)} to ${formatExactTime(preview.lastAt)}.` : undefined;
  return (
    <>
      <Sentence tone={preview.events > 0 ? "good" : "warn"} reason={previewInWords(preview)} remedy={times} />
      {preview.samples.length > 0 && (
        <section aria-label="Some of the events" className={classes.samples}>
          <DataTable label="Some of the events that would be sent" rows={preview.samples} columns={COLUMNS} rowKey={(sample) => sample.messageId} />
        </section>
      )}
    </>
  );
}
