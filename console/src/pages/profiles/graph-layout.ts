import type { GraphShape, ShapeNode } from "./graph-shape";

export interface Point {
  x: number;
  y: number;
}

export interface GraphLayout {
  places: ReadonlyMap<string, Point>;
  /** The room that all of it takes. */
  width: number;
  height: number;
  /** Whether nodes are dots, as there are too many to be read. */
  isDense: boolean;
}

/** The room of one identifier, in the units of the drawing. */
export const CARD = { width: 176, height: 46 };
export const DOT = { width: 22, height: 22 };
const HUB = { width: 30, height: 30 };
/** More cards than this are a wall of text. */
const CARDS_MAX = 60;
const GAP = 22;
const MARGIN = 14;
/** An angle at which no two of a spiral stand in one line. */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** Where everything stands. Equal graphs are laid out equally: nothing in it is left to chance. */
export function layoutOf(shape: GraphShape): GraphLayout {
  const isDense = shape.nodes.length > CARDS_MAX;
  const sizes = shape.nodes.map((node) => sizeOf(node, isDense));
  const points = spiral(shape.nodes.length, isDense ? 26 : 90);
  settle(points, linksOf(shape), isDense ? 46 : 150);
  lieDown(points);
  separate(points, sizes);
  return placed(shape, points, sizes, isDense);
}

const sizeOf = (node: ShapeNode, isDense: boolean) => (node.kind === "hub" ? HUB : isDense ? DOT : CARD);

function linksOf(shape: GraphShape): [number, number][] {
  const at = new Map(shape.nodes.map((node, index) => [node.id, index]));
  return shape.links.flatMap((link): [number, number][] => {
    const [from, to] = [at.get(link.from), at.get(link.to)];
    return from === undefined || to === undefined ? [] : [[from, to]];
  });
}

function spiral(n: number, step: number): Point[] {
  return Array.from({ length: n }, (_, index) => {
    const radius = step * Math.sqrt(index + 0.5);
    return { x: radius * Math.cos(index * GOLDEN_ANGLE), y: radius * Math.sin(index * GOLDEN_ANGLE) };
  });
}

/** How often all pairs are compared: a graph of the largest size is done in about a second, a small one rests long before. */
const roundsFor = (n: number, max: number): number => Math.max(24, Math.min(max, Math.round(4_000_000 / (n * n + 1))));

/** Lets links pull and everything else push, with steps that get smaller until it rests. */
function settle(points: Point[], links: readonly [number, number][], ideal: number) {
  const rounds = roundsFor(points.length, 300);
  const xs = Float64Array.from(points, (point) => point.x);
  const ys = Float64Array.from(points, (point) => point.y);
  for (let round = 0; round < rounds; round++) {
    const stepMax = ideal * (1 - round / rounds) * 0.5 + 0.5;
    const forceX = xs.map((x) => -x * 0.04);
    const forceY = ys.map((y) => -y * 0.06);
    const push = (one: number, other: number, x: number, y: number, by: number) => {
      forceX[one]! += x * by;
      forceY[one]! += y * by;
      forceX[other]! -= x * by;
      forceY[other]! -= y * by;
    };
    for (let one = 0; one < points.length; one++)
      for (let other = one + 1; other < points.length; other++) {
        const [x, y] = [xs[one]! - xs[other]!, ys[one]! - ys[other]!];
        push(one, other, x, y, (ideal * ideal) / Math.max(1, x * x + y * y));
      }
    for (const [one, other] of links) {
      const [x, y] = [xs[one]! - xs[other]!, ys[one]! - ys[other]!];
      push(one, other, x, y, -Math.max(1, Math.hypot(x, y)) / ideal);
    }
    for (let at = 0; at < points.length; at++) {
      const length = Math.hypot(forceX[at]!, forceY[at]!) || 1;
      const step = Math.min(length, stepMax) / length;
      xs[at]! += forceX[at]! * step;
      ys[at]! += forceY[at]! * step;
    }
  }
  points.forEach((point, at) => {
    point.x = xs[at]!;
    point.y = ys[at]!;
  });
}

/** Turns all of it so that its longer side lies level: pages are wider than high. */
function lieDown(points: Point[]) {
  const middle = { x: mean(points.map((point) => point.x)), y: mean(points.map((point) => point.y)) };
  let [xx, yy, xy] = [0, 0, 0];
  for (const point of points) {
    const [x, y] = [point.x - middle.x, point.y - middle.y];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const angle = -0.5 * Math.atan2(2 * xy, xx - yy);
  for (const point of points) {
    const [x, y] = [point.x - middle.x, point.y - middle.y];
    point.x = x * Math.cos(angle) - y * Math.sin(angle);
    point.y = x * Math.sin(angle) + y * Math.cos(angle);
  }
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Moves boxes that lie on each other apart, the short way. */
function separate(points: Point[], sizes: readonly { width: number; height: number }[]) {
  const rounds = roundsFor(points.length, 200);
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let one = 0; one < points.length; one++)
      for (let other = one + 1; other < points.length; other++) {
        const [a, b, sizeA, sizeB] = [points[one], points[other], sizes[one], sizes[other]] as [Point, Point, typeof CARD, typeof CARD];
        const overX = (sizeA.width + sizeB.width) / 2 + GAP - Math.abs(a.x - b.x);
        const overY = (sizeA.height + sizeB.height) / 2 + GAP - Math.abs(a.y - b.y);
        if (overX <= 0.01 || overY <= 0.01) continue;
        moved = true;
        if (overX < overY) {
          const by = (a.x < b.x ? -1 : 1) * (overX / 2);
          a.x += by;
          b.x -= by;
        } else {
          const by = (a.y < b.y ? -1 : 1) * (overY / 2);
          a.y += by;
          b.y -= by;
        }
      }
    if (!moved) return;
  }
}

function placed(shape: GraphShape, points: Point[], sizes: readonly { width: number; height: number }[], isDense: boolean): GraphLayout {
  const edge = (of: (point: Point, size: { width: number; height: number }) => number) => points.map((point, index) => of(point, sizes[index] as typeof CARD));
  const left = Math.min(0, ...edge((point, size) => point.x - size.width / 2)) - MARGIN;
  const top = Math.min(0, ...edge((point, size) => point.y - size.height / 2)) - MARGIN;
  const right = Math.max(0, ...edge((point, size) => point.x + size.width / 2)) + MARGIN;
  const bottom = Math.max(0, ...edge((point, size) => point.y + size.height / 2)) + MARGIN;
  const places = new Map(
    shape.nodes.map((node, index) => {
      const point = points[index] as Point;
      return [node.id, { x: Math.round(point.x - left), y: Math.round(point.y - top) }];
    }),
  );
  return { places, width: Math.ceil(right - left), height: Math.ceil(bottom - top), isDense };
}
