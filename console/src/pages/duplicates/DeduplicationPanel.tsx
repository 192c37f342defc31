import { useQuery } from "@tanstack/react-query";
import { deduplicationQuery } from "~/api/ledger";
import type { Deduplication } from "~/api/model";
import { ByHand } from "~/components/ByHand";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { formatBytes, formatCount, formatExactTime, plural } from "~/lib/format";
import classes from "./DeduplicationPanel.module.css";
import { spanInWords } from "./ledger-words";

/** What is known of earlier messages, and since when. */
export function DeduplicationPanel() {
  const query = useQuery(deduplicationQuery);
  return (
    <Panel
      title="Deduplication"
      description="How far back a message is known again, and what that takes."
      actions={<ByHand call={{ method: "GET", path: "/deduplication", command: ["api", "GET", "/deduplication"] }} />}
    >
      <QueryView query={query}>
        {(status) =>
          status ? (
            <Status of={status} />
          ) : (
            <Sentence
              tone="info"
              reason="This server does not deduplicate by itself."
              remedy="Where several machines share the work, those with the `process` role do; each one's metrics page tells how it stands."
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

function Status({ of: status }: { of: Deduplication }) {
  const { idsHot, idsSealed, memoryBytes, memoryBytesMax, diskBytes, restoring, holes } = status;
  const perId = idsSealed > 0 ? `, ${(diskBytes / idsSealed).toFixed(1)} bytes each` : "";
  return (
    <>
      {restoring !== null && restoring !== undefined && (
        <Sentence
          tone="info"
          reason={`What is known is being read again after a start: ${Math.floor(restoring * 100)} % so far.`}
          remedy="Messages wait until it is read; none is let through unchecked."
        />
      )}
      <dl className={classes.facts}>
        <div>
          <dt>Known for</dt>
          <dd>{spanInWords(status.windowSeconds)}</dd>
          <dd className={classes.note}>A message that comes again within this time after its first arrival is a duplicate.</dd>
        </div>
        <div>
          <dt>In memory</dt>
          <dd className="tabular">{plural(idsHot, "message")}</dd>
          <dd className={classes.note}>
            The last {spanInWords(status.hotSeconds)}. All of it takes {formatBytes(memoryBytes)} of at most {formatBytes(memoryBytesMax)}.
          </dd>
        </div>
        <div>
          <dt>On disk</dt>
          <dd className="tabular">{plural(idsSealed, "message")}</dd>
          <dd className={classes.note}>
            {formatBytes(diskBytes)}
            {perId}.
          </dd>
        </div>
        <div>
          <dt>State</dt>
          <dd>{holes.length === 0 ? <StatusDot tone="good">Whole</StatusDot> : <StatusDot tone="warn">{plural(holes.length, "hole")}</StatusDot>}</dd>
          <dd className={classes.note}>
            Since the server started, {formatCount(status.unconfirmed)} let through unconfirmed and {formatCount(status.untimed)} without a time of their own.
          </dd>
        </div>
      </dl>
      {holes.map((hole) => (
        <Sentence
          key={`${hole.from} ${hole.reason}`}
          tone="warn"
          reason={`Messages first sent between ${formatExactTime(hole.from)} and ${formatExactTime(hole.to)} are not known again: sent once more, they are processed once more.`}
          remedy={hole.reason}
        />
      ))}
    </>
  );
}
