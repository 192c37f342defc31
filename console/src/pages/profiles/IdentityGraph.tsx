import { useMemo } from "react";
import { nameOf } from "~/api/people";
import { identifierIcon } from "~/components/identifier-icon";
import { formatCount, plural, shortenMiddle } from "~/lib/format";
import { CARD, type GraphLayout, layoutOf, type Point } from "./graph-layout";
import type { GraphShape, ShapeLink, ShapeNode } from "./graph-shape";
import { joinInWords } from "./identity-words";
import classes from "./IdentityGraph.module.css";

/** Drawn smaller, the names could not be read: then the drawing is moved about instead. */
const SMALLEST = 0.72;

interface IdentityGraphProps {
  shape: GraphShape;
  /** Names of identifiers. */
  chosen: readonly string[];
  /** Fragments of each join that an explanation goes by. */
  way: readonly string[][];
  onToggle: (name: string) => void;
}

/** The drawing. It says nothing that the lists beside it do not say, so that one can do without it. */
export function IdentityGraph({ shape, chosen, way, onToggle }: IdentityGraphProps) {
  const layout = useMemo(() => layoutOf(shape), [shape]);
  const onWay = useMemo(() => new Set(way.map((kept) => [...kept].sort().join(" "))), [way]);
  const known = shape.nodes.filter((node) => node.kind === "identifier").length;
  return (
    <div className={classes.frame} role="region" aria-label="Drawing of the identity graph" tabIndex={0}>
      <svg
        className={classes.drawing}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        style={{ maxWidth: layout.width, maxHeight: layout.height, minWidth: layout.width * SMALLEST, minHeight: layout.height * SMALLEST }}
        role="img"
        aria-label={`${plural(known, "identifier")} and how events joined them. The lists on this page tell the same.`}
      >
        {shape.links.map((link) => (
          <Line key={`${link.from} ${link.to} ${link.joined}`} link={link} layout={layout} isOnWay={onWay.has(link.join.kept.join(" "))} />
        ))}
        {shape.links.map((link) => (
          <Days key={`${link.from} ${link.to} ${link.joined}`} link={link} layout={layout} />
        ))}
        {shape.nodes.map((node) => (
          <Node
            key={node.id}
            node={node}
            place={placeOf(layout, node.id)}
            isDense={layout.isDense}
            isChosen={node.identifier !== undefined && chosen.includes(nameOf(node.identifier))}
            onToggle={onToggle}
          />
        ))}
      </svg>
    </div>
  );
}

const placeOf = (layout: GraphLayout, id: string): Point => layout.places.get(id) ?? { x: 0, y: 0 };

function Line({ link, layout, isOnWay }: { link: ShapeLink; layout: GraphLayout; isOnWay: boolean }) {
  const [from, to] = [placeOf(layout, link.from), placeOf(layout, link.to)];
  return (
    <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} className={classes.line} data-broken={!link.joined || undefined} data-way={(link.joined && isOnWay) || undefined}>
      <title>{joinInWords(link.join)}</title>
    </line>
  );
}

/** On how many days; once per join, and only where it was more than one. */
function Days({ link, layout }: { link: ShapeLink; layout: GraphLayout }) {
  if (!link.isFirst || !link.joined || link.join.days < 2 || layout.isDense || link.join.kept.length > 2) return null;
  const [from, to] = [placeOf(layout, link.from), placeOf(layout, link.to)];
  return <Label x={(from.x + to.x) / 2} y={(from.y + to.y) / 2} text={plural(link.join.days, "day")} />;
}

function Label({ x, y, text }: { x: number; y: number; text: string }) {
  const width = text.length * 6 + 12;
  return (
    <g className={classes.days} aria-hidden>
      <rect x={x - width / 2} y={y - 9} width={width} height={18} rx={9} />
      <text x={x} y={y + 3.5}>
        {text}
      </text>
    </g>
  );
}

interface NodeProps {
  node: ShapeNode;
  place: Point;
  isDense: boolean;
  isChosen: boolean;
  onToggle: (name: string) => void;
}

function Node({ node, place, isDense, isChosen, onToggle }: NodeProps) {
  if (node.kind === "hub") return <Hub node={node} place={place} />;
  if (!node.identifier) return null;
  const { type, value } = node.identifier;
  const name = nameOf(node.identifier);
  const canChoose = node.kind === "identifier" && !node.isRemoved;
  const Shown = identifierIcon(type);
  const attributes = {
    className: classes.node,
    "data-type": type.split(".")[0],
    "data-kind": node.kind,
    "data-removed": node.isRemoved || undefined,
    "data-chosen": isChosen || undefined,
    "data-choosable": canChoose || undefined,
    onClick: canChoose ? () => onToggle(name) : undefined,
  };
  const title = <title>{node.kind === "outside" ? `${name} was on an event with one of these and did not join` : name}</title>;
  if (isDense)
    return (
      <g {...attributes} transform={`translate(${place.x} ${place.y})`}>
        {title}
        <circle r={8} />
      </g>
    );
  const note = node.kind === "outside" ? "not joined" : node.isRemoved ? "removed" : node.events > 0 ? plural(node.events, "event") : "";
  return (
    <g {...attributes} transform={`translate(${place.x - CARD.width / 2} ${place.y - CARD.height / 2})`}>
      {title}
      <rect width={CARD.width} height={CARD.height} rx={9} />
      <Shown x={11} y={14} width={18} height={18} stroke={1.7} className={classes.icon} aria-hidden />
      <text x={38} y={20} className={classes.value}>
        {shortenMiddle(value, 18)}
      </text>
      <text x={38} y={35} className={classes.note}>
        {[shortenMiddle(type, 16), note].filter(Boolean).join(" · ")}
      </text>
    </g>
  );
}

function Hub({ node, place }: { node: ShapeNode; place: Point }) {
  const { join } = node;
  if (!join) return null;
  return (
    <g className={classes.hub} transform={`translate(${place.x} ${place.y})`}>
      <title>{joinInWords(join)}</title>
      <circle r={12} />
      <text y={4}>{formatCount(join.kept.length)}</text>
      {join.days > 1 && <Label x={0} y={24} text={plural(join.days, "day")} />}
    </g>
  );
}
