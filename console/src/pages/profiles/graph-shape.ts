import type { GraphEdge, Identifier, ProfileGraph } from "~/api/model";

/** What stands in the drawing: an identifier of the profile, one that did not join, or a set that events named at once. */
export interface ShapeNode {
  id: string;
  kind: "identifier" | "outside" | "hub";
  /** None of a hub. */
  identifier?: Identifier;
  events: number;
  isRemoved: boolean;
  /** The sets that a hub stands for. */
  join?: Join;
}

export interface ShapeLink {
  from: string;
  to: string;
  /** Whether it made them one; else the two were on one event and did not join. */
  joined: boolean;
  join: Join;
  /** The first of a join's lines carries what is said of it. */
  isFirst: boolean;
}

/** Identifiers that events joined, whatever else was on those events. */
export interface Join {
  /** Fragments, sorted. */
  kept: string[];
  /** The most days of one of its sets. */
  days: number;
  edges: GraphEdge[];
}

export interface GraphShape {
  nodes: ShapeNode[];
  links: ShapeLink[];
}

/** A value that is blocked says nothing of who somebody is, and stands in the list alone. */
const DRAWN_REASONS = new Set(["limit", "quarantined", "disregarded"]);
/** More of those that did not join would hide those that did. */
const OUTSIDE_MAX = 24;

/** What of a graph is drawn: pairs as lines, larger sets as hubs, and what did not join at the end of broken lines. */
export function shapeOf(graph: ProfileGraph): GraphShape {
  const nodes: ShapeNode[] = graph.nodes.map((node) => ({
    id: node.fragment,
    kind: "identifier",
    identifier: node.identifier,
    events: node.events,
    isRemoved: node.isRemoved,
  }));
  const known = new Set(nodes.map((node) => node.id));
  const links: ShapeLink[] = [];
  const broken = new Set<string>();
  for (const join of joinsOf(graph.edges, known)) {
    const anchor = drawJoin(join, nodes, links);
    for (const dropped of join.edges.flatMap((edge) => edge.dropped)) {
      if (!DRAWN_REASONS.has(dropped.reason) || !anchor || dropped.fragment === anchor || broken.has(`${anchor} ${dropped.fragment}`)) continue;
      if (!known.has(dropped.fragment)) {
        if (known.size - graph.nodes.length >= OUTSIDE_MAX) continue;
        known.add(dropped.fragment);
        nodes.push({ id: dropped.fragment, kind: "outside", identifier: dropped.identifier, events: 0, isRemoved: false });
      }
      broken.add(`${anchor} ${dropped.fragment}`);
      links.push({ from: anchor, to: dropped.fragment, joined: false, join, isFirst: false });
    }
  }
  return { nodes, links };
}

/** Sets with the same identifiers joined are one join. */
function joinsOf(edges: readonly GraphEdge[], known: ReadonlySet<string>): Join[] {
  const joins = new Map<string, Join>();
  for (const edge of edges) {
    const kept = edge.kept.filter((fragment) => known.has(fragment)).sort();
    const join = joins.get(kept.join(" ")) ?? { kept, days: 0, edges: [] };
    join.days = Math.max(join.days, edge.days);
    join.edges.push(edge);
    joins.set(kept.join(" "), join);
  }
  return [...joins.values()];
}

/** Draws a join and names what broken lines begin at. */
function drawJoin(join: Join, nodes: ShapeNode[], links: ShapeLink[]): string | undefined {
  const [one, other] = join.kept;
  if (one === undefined || other === undefined) return one;
  if (join.kept.length === 2) {
    links.push({ from: one, to: other, joined: true, join, isFirst: true });
    return one;
  }
  const hub = `hub ${join.kept.join(" ")}`;
  nodes.push({ id: hub, kind: "hub", events: 0, isRemoved: false, join });
  join.kept.forEach((fragment, at) => links.push({ from: hub, to: fragment, joined: true, join, isFirst: at === 0 }));
  return hub;
}
