import { Button, Checkbox } from "@mantine/core";
import type { GraphNode, Identifier, ProfileDetail } from "~/api/model";
import { nameOf } from "~/api/people";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { TimeAgo } from "~/components/TimeAgo";
import { plural } from "~/lib/format";
import { type Act, apartAct, removeAct, splitAct } from "~/pages/operations/acts";
import classes from "./IdentityTab.module.css";

interface IdentifierListProps {
  profile: ProfileDetail;
  nodes: GraphNode[];
  /** Names of identifiers. */
  chosen: string[];
  onToggle: (name: string) => void;
  onClear: () => void;
  /** Absent where the person may only look. */
  onAct?: (act: Act) => void;
}

/** The drawing's identifiers as a list to choose from, and what can be done with those that are chosen. */
export function IdentifierList({ profile, nodes, chosen, onToggle, onClear, onAct }: IdentifierListProps) {
  return (
    <Panel
      flush
      title="Identifiers"
      description={chosen.length === 0 ? "None chosen" : `${plural(chosen.length, "identifier")} chosen`}
      actions={
        <Button size="compact-sm" variant="subtle" onClick={onClear} style={{ visibility: chosen.length === 0 ? "hidden" : undefined }}>
          Clear
        </Button>
      }
    >
      <ul className={classes.list} aria-label="Identifiers to choose from">
        {nodes.map((node) => {
          const name = nameOf(node.identifier);
          const isChosen = chosen.includes(name);
          return (
            <li key={node.fragment}>
              <label className={classes.row} data-chosen={isChosen || undefined} data-removed={node.isRemoved || undefined}>
                <Checkbox size="xs" mt={2} checked={isChosen} disabled={node.isRemoved} onChange={() => onToggle(name)} aria-label={name} />
                <span style={{ minWidth: 0 }}>
                  <IdentifierName of={node.identifier} keep={18} struck={node.isRemoved} />
                  <span className={classes.meta}>
                    {node.isRemoved ? "Removed" : node.events > 0 ? plural(node.events, "event") : "No events of its own"}, first seen <TimeAgo time={node.firstSeen} />
                  </span>
                </span>
              </label>
            </li>
          );
        })}
      </ul>
      <Acts profile={profile} nodes={nodes} chosen={chosen} onAct={onAct} />
    </Panel>
  );
}

function Acts({ profile, nodes, chosen, onAct }: Pick<IdentifierListProps, "profile" | "nodes" | "chosen" | "onAct">) {
  const picked = chosen.flatMap((name): Identifier[] => {
    const node = nodes.find((each) => nameOf(each.identifier) === name);
    return node ? [node.identifier] : [];
  });
  const inUse = profile.identifiers.filter((each) => !each.isRemoved).length;
  const [one, other] = picked;
  if (!onAct)
    return (
      <div className={classes.acts}>
        <p className={classes.hint}>Choose two to see why they are one. Only workspace owners take a profile apart.</p>
      </div>
    );
  return (
    <div className={classes.acts}>
      <p className={classes.hint}>{hintFor(picked.length, inUse)}</p>
      <div className={classes.buttons}>
        <Button
          size="compact-sm"
          variant="default"
          disabled={picked.length === 0 || picked.length >= inUse}
          onClick={() => onAct(splitAct(profile.id, picked))}
        >
          Split off
        </Button>
        <Button size="compact-sm" variant="default" disabled={picked.length !== 1} onClick={() => one && onAct(removeAct(profile.id, one))}>
          Remove
        </Button>
        <Button size="compact-sm" variant="default" disabled={picked.length !== 2} onClick={() => one && other && onAct(apartAct([one], [other]))}>
          Keep apart
        </Button>
      </div>
    </div>
  );
}

/** What one can do with so many. Each act is shown before it is done. */
function hintFor(picked: number, inUse: number): string {
  if (inUse < 2) return "There is one identifier, which nothing can be split from.";
  if (picked === 0) return "Choose two to see why they are one, one or more to take them out. What an act would do is shown first.";
  if (picked >= inUse) return "Leave at least one out to split the others off it.";
  if (picked === 1) return "Split it off with its events, or remove it, so that nobody is found by it.";
  if (picked === 2) return "Why they are one stands below. Split both off together, or keep them apart from each other.";
  return "Split them off together.";
}
