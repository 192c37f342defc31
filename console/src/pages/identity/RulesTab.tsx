import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { applyRules, identityQuery, type RulesInForce, rulesQuery } from "~/api/identity";
import { readPeopleAnew } from "~/api/people";
import type { Rules, TypeRule } from "~/api/rules";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { DraftBar } from "./DraftBar";
import classes from "./IdentityPage.module.css";
import { LimitsPanel } from "./LimitsPanel";
import { changesInWords } from "./rule-words";
import { newType, rebased, withType } from "./rules-draft";
import { RulesDialog } from "./RulesDialog";
import { TypeDialog } from "./TypeDialog";
import { TypeTable } from "./TypeTable";

/** Other rules than those in force, and those that they were made from. */
export interface Work {
  base: RulesInForce;
  draft: Rules;
}

interface RulesTabProps {
  work: Work | null;
  onWork: (work: Work | null) => void;
}

/** The rules in force, and a draft of others that is tried on everybody before it is applied. */
export function RulesTab(props: RulesTabProps) {
  const query = useQuery(rulesQuery);
  const version = useQuery(identityQuery).data?.rulesVersion;
  const { data, refetch } = query;
  useEffect(() => {
    // Somebody else applied others, or a type was learned from an event.
    if (data && version !== undefined && version > data.version) void refetch();
  }, [data, version, refetch]);
  return <QueryView query={query}>{(inForce) => <Editor inForce={inForce} {...props} />}</QueryView>;
}

/** A type that is being changed; `was` is absent of a new one. */
interface Opened {
  was?: TypeRule;
  is: TypeRule;
}

function Editor({ inForce, work, onWork }: RulesTabProps & { inForce: RulesInForce }) {
  const owner = useIsOwner();
  const queryClient = useQueryClient();
  const changes = work ? changesInWords(work.base.rules, work.draft) : [];
  // A draft without a change is none, and follows what is in force.
  const { base, draft } = work && changes.length > 0 ? work : { base: inForce, draft: inForce.rules };
  const setDraft = (next: Rules) => onWork({ base, draft: next });
  const [opened, setOpened] = useState<Opened | null>(null);
  const [reviewing, setReviewing] = useState(false);
  const overtaken = inForce.version !== base.version;
  const bringOver = () => onWork({ base: inForce, draft: rebased(base.rules, draft, inForce.rules) });
  return (
    <div className={classes.stack}>
      {!owner && <Sentence tone="info" reason="Only workspace owners change identity rules." remedy="You can open each type to see its rules." />}
      {overtaken && (
        <Sentence
          tone="warn"
          reason={`Version ${inForce.version} is in force by now; your changes were made to version ${base.version}.`}
          remedy="Bring them over: where both changed the same, yours hold."
          action={
            <Button size="compact-sm" variant="default" onClick={bringOver}>
              Bring my changes over
            </Button>
          }
          announce
        />
      )}
      <Panel
        flush
        title="Types of identifiers"
        description="The highest priority first. When joining all of an event would break a limit, those of the lowest priority do not join."
        actions={
          <>
            <ByHand call={{ method: "GET", path: "/identity/rules", command: ["identity", "rules", "get"] }} />
            {owner && (
              <Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} onClick={() => setOpened({ is: newType(draft) })}>
                Add type
              </Button>
            )}
          </>
        }
      >
        <TypeTable rules={draft} base={base.rules} onOpen={(rule) => setOpened({ was: rule, is: rule })} />
      </Panel>
      <LimitsPanel rules={draft} onChange={owner ? setDraft : undefined} />
      {changes.length > 0 && (
        <DraftBar changes={changes.length} rules={draft} onDiscard={() => onWork(null)} onReview={() => setReviewing(true)} canReview={!overtaken} />
      )}
      <TypeDialog
        opened={opened}
        rules={draft}
        readOnly={!owner}
        onClose={() => setOpened(null)}
        onKeep={(rule) => {
          setDraft(withType(draft, opened?.was, rule));
          setOpened(null);
        }}
      />
      <RulesDialog
        opened={reviewing}
        onClose={() => setReviewing(false)}
        title="What your changes would do"
        action="Apply rules"
        changes={changes}
        rules={draft}
        run={() => applyRules(draft, base.version)}
        onDone={async (applied) => {
          setReviewing(false);
          queryClient.setQueryData(rulesQuery.queryKey, applied);
          onWork(null);
          await readPeopleAnew(queryClient);
        }}
        hand={{ method: "PUT", path: "/identity/rules", body: { rules: draft, expectedVersion: base.version }, command: ["identity", "rules", "apply", "rules.json"] }}
      />
    </div>
  );
}
