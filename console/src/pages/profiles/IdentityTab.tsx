import { Skeleton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { operationsQuery } from "~/api/identity";
import type { ExplanationStep, ProfileDetail, ProfileGraph } from "~/api/model";
import { explanationQuery, nameOf, profileGraphQuery } from "~/api/people";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import type { Act } from "~/pages/operations/acts";
import { OperationDialog } from "~/pages/operations/OperationDialog";
import { OperationList } from "~/pages/operations/OperationList";
import { ExplanationPanel } from "./ExplanationPanel";
import { shapeOf } from "./graph-shape";
import { IdentifierList } from "./IdentifierList";
import { IdentityGraph } from "./IdentityGraph";
import classes from "./IdentityTab.module.css";
import { edgeOf } from "./identity-words";
import { SetsPanel } from "./SetsPanel";

const route = getRouteApi("/signed-in/profiles/$profileId");

/** Why a profile is one: the drawing, the explanation of any two identifiers, and what takes it apart. */
export function IdentityTab({ profile }: { profile: ProfileDetail }) {
  const query = useQuery(profileGraphQuery(profile.id));
  return (
    <div className={classes.stack}>
      <QueryView query={query} loading={<Skeleton height={520} radius="lg" aria-busy="true" />}>
        {(graph) => <Graph profile={profile} graph={graph} readAt={query.dataUpdatedAt} />}
      </QueryView>
      <Changes profile={profile} />
    </div>
  );
}

function Graph({ profile, graph, readAt }: { profile: ProfileDetail; graph: ProfileGraph; readAt: number }) {
  const owner = useIsOwner();
  const { chosen: asked = [] } = route.useSearch();
  const navigate = useNavigate({ from: "/profiles/$profileId" });
  const [act, setAct] = useState<Act | null>(null);
  const shape = useMemo(() => shapeOf(graph), [graph]);
  // One that has left meanwhile is no longer chosen.
  const chosen = useMemo(() => {
    const here = new Set(graph.nodes.filter((node) => !node.isRemoved).map((node) => nameOf(node.identifier)));
    return asked.filter((name) => here.has(name));
  }, [asked, graph]);
  const choose = (next: string[]) =>
    navigate({ search: (known) => ({ ...known, chosen: next.length > 0 ? next : undefined }), replace: true, resetScroll: false });
  const toggle = (name: string) => choose(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  const [from, to] = chosen.length === 2 ? chosen : [];
  const explained = useQuery({ ...explanationQuery(profile.id, from ?? "", to ?? "", readAt), enabled: from !== undefined && to !== undefined });
  const way = useMemo(() => explained.data?.steps.flatMap((step) => keptOn(graph, step)) ?? [], [explained.data, graph]);
  return (
    <>
      {!graph.isComplete && (
        <Sentence
          tone="info"
          reason="This profile has more than can be drawn: these are its oldest identifiers."
          remedy="All of them are under About. A profile as large as this is often a shared device; look at Identity rules, Shared identifiers."
        />
      )}
      <div className={classes.beside}>
        <Panel
          flush
          title="How events joined it"
          description="A line is two identifiers on one event, a dot several at once. Choose two to see why they are one."
          actions={<ByHand call={{ method: "GET", path: `/profiles/${profile.id}/graph`, command: ["profile", "graph", profile.id] }} />}
        >
          <IdentityGraph shape={shape} chosen={chosen} way={way} onToggle={toggle} />
        </Panel>
        <IdentifierList profile={profile} nodes={graph.nodes} chosen={chosen} onToggle={toggle} onClear={() => choose([])} onAct={owner ? setAct : undefined} />
      </div>
      {from && to && <ExplanationPanel profileId={profile.id} from={from} to={to} query={explained} graph={graph} onAct={owner ? setAct : undefined} />}
      <SetsPanel graph={graph} onAct={owner ? setAct : undefined} />
      <OperationDialog act={act} onClose={() => setAct(null)} />
    </>
  );
}

/** The join that a step of an explanation goes by, if it is drawn. */
function keptOn(graph: ProfileGraph, step: ExplanationStep): string[][] {
  const edge = edgeOf(graph, step);
  return edge ? [edge.kept] : [];
}

/** What was done by hand to any identifier of this profile. */
function Changes({ profile }: { profile: ProfileDetail }) {
  const query = useInfiniteQuery(operationsQuery);
  const names = new Set(profile.identifiers.map((each) => nameOf(each.identifier)));
  const operations = query.data?.pages.flatMap((page) => page.operations).filter((entry) => entry.identifiers.some((identifier) => names.has(nameOf(identifier)))) ?? [];
  if (operations.length === 0) return null;
  return (
    <Panel flush title="Changes by hand" description="What people did to identifiers of this profile, the newest first.">
      <OperationList operations={operations} />
    </Panel>
  );
}
