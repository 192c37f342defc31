import { Button, Drawer } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Explanation, ExplanationStep, ProfileGraph } from "~/api/model";
import { nameOf } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { formatExactTime } from "~/lib/format";
import { type Act, disregardAct } from "~/pages/operations/acts";
import classes from "./IdentityTab.module.css";
import { edgeOf, explanationInWords, reasonInWords, stepInWords } from "./identity-words";
import { JoiningEvent } from "./JoiningEvent";
import { sourceLabel } from "./source-label";

interface ExplanationPanelProps {
  profileId: string;
  from: string;
  to: string;
  query: UseQueryResult<Explanation>;
  graph: ProfileGraph;
  onAct?: (act: Act) => void;
}

/** Why two identifiers are one: the events that led from one to the other. */
export function ExplanationPanel({ profileId, from, to, query, graph, onAct }: ExplanationPanelProps) {
  const sources = useQuery(sourcesQuery).data;
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Panel
      title="Why these two are one"
      description={`${from} and ${to}`}
      actions={
        <ByHand
          call={{ method: "GET", path: `/profiles/${profileId}/explanation?${new URLSearchParams({ from, to })}`, command: ["profile", "explain", from, to] }}
        />
      }
    >
      <QueryView query={query}>
        {(explanation) => (
          <>
            <p className={classes.summary}>{explanationInWords(explanation.from, explanation.steps)}</p>
            <ol className={classes.steps} aria-label="Events that joined them">
              {explanation.steps.map((step) => (
                <Step key={step.messageId} step={step} graph={graph} source={sourceLabel(sources, step.sourceId)} onOpen={() => setOpen(step.messageId)} onAct={onAct} />
              ))}
            </ol>
            {explanation.steps.length === 0 && <Sentence tone="info" reason="Both are the same identifier." />}
          </>
        )}
      </QueryView>
      <Drawer.Root opened={open !== null} onClose={() => setOpen(null)} position="right" size="min(720px, 100%)" padding={0}>
        <Drawer.Overlay backgroundOpacity={0.35} />
        <Drawer.Content aria-label="Detail">{open !== null && <JoiningEvent messageId={open} sources={sources ?? []} onClose={() => setOpen(null)} />}</Drawer.Content>
      </Drawer.Root>
    </Panel>
  );
}

interface StepProps {
  step: ExplanationStep;
  graph: ProfileGraph;
  source: string;
  onOpen: () => void;
  onAct?: (act: Act) => void;
}

function Step({ step, graph, source, onOpen, onAct }: StepProps) {
  const edge = edgeOf(graph, step);
  const why = new Map(edge?.dropped.map((dropped) => [nameOf(dropped.identifier), reasonInWords(dropped.reason)]));
  const [joined, ...others] = stepInWords(step, (identifier) => why.get(nameOf(identifier)));
  return (
    <li className={classes.step}>
      <p className={classes.sentence}>{joined}</p>
      {others.map((sentence) => (
        <p key={sentence} className={`${classes.sentence} ${classes.dropped}`}>
          {sentence}
        </p>
      ))}
      <div className={classes.when}>
        {formatExactTime(step.timestamp)}, from {source}
        {edge && edge.days > 1 && `, and on events of ${edge.days} days in all`}
      </div>
      <div className={classes.stepTools}>
        <Button size="compact-xs" variant="default" onClick={onOpen}>
          Show the event
        </Button>
        {onAct && (
          <Button size="compact-xs" variant="default" onClick={() => onAct(disregardAct([...step.kept, ...step.dropped]))}>
            Disregard such events
          </Button>
        )}
      </div>
    </li>
  );
}
