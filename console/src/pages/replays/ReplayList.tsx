import { Button, Progress } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cancelReplay, replaysQuery } from "~/api/delivery";
import type { ReceiptState, Replay } from "~/api/delivery-model";
import { ConfirmDanger } from "~/components/DangerZone";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount, formatExactTime } from "~/lib/format";
import { progressInWords, progressOf, REPLAY_STATES, scopeInWords } from "./replay-words";
import classes from "./Replays.module.css";

/** Every replay with how far it is, the newest first. */
export function ReplayList({ replays, nameOf }: { replays: Replay[]; nameOf: (destinationId: string) => string }) {
  return (
    <ul className={classes.list} aria-label="Replays">
      {replays.map((replay) => (
        <li key={replay.id} className={classes.replay}>
          <ReplayView replay={replay} name={nameOf(replay.destinationId)} />
        </li>
      ))}
    </ul>
  );
}

function ReplayView({ replay, name }: { replay: Replay; name: string }) {
  const { tone, words } = REPLAY_STATES[replay.state];
  const title = `Replay ${replay.number} to ${name}`;
  return (
    <article aria-label={title}>
      <header className={classes.head}>
        <h3 className={classes.title}>
          Replay {replay.number} to{" "}
          <Link to="/destinations/$destinationId" params={{ destinationId: replay.destinationId }}>
            {name}
          </Link>
        </h3>
        <StatusDot tone={tone} live={replay.state === "RUNNING"}>
          {words}
        </StatusDot>
        {replay.state === "RUNNING" && <CancelReplay replay={replay} title={title} />}
      </header>
      <p className={classes.about}>
        {scopeInWords(replay)}, received from {formatExactTime(replay.startTime)} to {formatExactTime(replay.endTime)}, at most {formatCount(replay.ratePerSecond)} a second.
        Begun <TimeAgo time={replay.startedAt} /> by {replay.startedBy}
        {replay.endedAt && (
          <>
            , ended <TimeAgo time={replay.endedAt} />
          </>
        )}
        .
      </p>
      <Progress
        value={progressOf(replay) * 100}
        color={`var(--pd-${tone}-dot)`}
        size="md"
        radius="xl"
        aria-label={`Progress of replay ${replay.number}`}
      />
      {replay.heldUp && (
        <div className={classes.heldUp}>
          <Sentence tone="warn" reason={replay.heldUp} />
        </div>
      )}
      <div className={classes.counts}>
        <span className="tabular">{progressInWords(replay)}</span>
        <Count count={replay.delivered} words="delivered" state="delivered" of={replay.number} />
        <Count count={replay.failed} words="failed" state="failed" of={replay.number} />
        <Count count={replay.filtered} words="filtered" state="filtered" of={replay.number} />
        <Link to="/delivery/receipts" search={{ replay: replay.number }} className={classes.count}>
          What became of it
        </Link>
      </div>
    </article>
  );
}

function Count({ count, words, state, of }: { count: number; words: string; state: ReceiptState; of: number }) {
  return (
    <Link to="/delivery/receipts" search={{ replay: of, state }} className={`${classes.count} tabular`}>
      {formatCount(count)} {words}
    </Link>
  );
}

function CancelReplay({ replay, title }: { replay: Replay; title: string }) {
  const queryClient = useQueryClient();
  return (
    <ConfirmDanger
      action="Cancel replay"
      dismiss="Keep it going"
      consequence={`${title} sends nothing more. What it sent stays at the destination. The rest can be replayed again later.`}
      run={() => cancelReplay(replay.id)}
      onDone={() => void queryClient.invalidateQueries({ queryKey: replaysQuery.queryKey })}
      hand={{ method: "POST", path: `/replays/${replay.id}/cancel`, command: ["replay", "cancel", replay.id] }}
      trigger={(open) => (
        <Button size="compact-sm" variant="default" onClick={open} aria-label={`Cancel replay ${replay.number}`}>
          Cancel
        </Button>
      )}
    />
  );
}
