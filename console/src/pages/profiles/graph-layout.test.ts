import { describe, expect, it } from "vitest";
import type { GraphEdge, ProfileGraph } from "~/api/model";
import { CARD, layoutOf } from "./graph-layout";
import { shapeOf } from "./graph-shape";

const identifier = (value: string) => ({ collection: "users", type: "anonymous_id", value });
const node = (value: string) => ({ identifier: identifier(value), fragment: value, isRemoved: false, firstSeen: "2026-01-01T00:00:00.000Z", events: 1 });
const edge = (kept: string[], more: Partial<GraphEdge> = {}): GraphEdge => ({
  identifiers: kept.map(identifier),
  kept,
  dropped: [],
  first: { messageId: "m", sourceId: "s", timestamp: "2026-01-01T00:00:00.000Z" },
  days: 1,
  ...more,
});
const graph = (values: string[], edges: GraphEdge[]): ProfileGraph => ({ nodes: values.map(node), edges, isComplete: true });

describe("the shape of a graph", () => {
  it("draws pairs as lines and larger sets as hubs, and a set of one not at all", () => {
    const shape = shapeOf(graph(["a", "b", "c", "d"], [edge(["a", "b"]), edge(["b", "c", "d"]), edge(["a"])]));
    expect(shape.nodes.filter((each) => each.kind === "hub")).toHaveLength(1);
    expect(shape.links.filter((link) => link.joined)).toHaveLength(1 + 3);
  });

  it("takes sets that joined the same for one join with the most days of them", () => {
    const shape = shapeOf(graph(["a", "b"], [edge(["a", "b"], { days: 3 }), edge(["b", "a"], { days: 8 })]));
    expect(shape.links).toHaveLength(1);
    expect(shape.links[0]?.join.days).toBe(8);
    expect(shape.links[0]?.join.edges).toHaveLength(2);
  });

  it("shows what did not join outside, but for blocked values", () => {
    const dropped = (["limit", "blocked"] as const).map((reason) => ({ identifier: identifier(reason), fragment: reason, reason }));
    const shape = shapeOf(graph(["a"], [edge(["a"], { dropped })]));
    expect(shape.nodes.filter((each) => each.kind === "outside").map((each) => each.id)).toEqual(["limit"]);
    expect(shape.links).toMatchObject([{ from: "a", to: "limit", joined: false }]);
  });
});

describe("the layout of a graph", () => {
  const many = Array.from({ length: 24 }, (_, index) => `n${index}`);
  const star = graph(many, many.slice(1).map((each) => edge(["n0", each])));

  it("is the same for the same graph", () => {
    expect([...layoutOf(shapeOf(star)).places]).toEqual([...layoutOf(shapeOf(star)).places]);
  });

  it("lets no two identifiers lie on each other, and all within its room", () => {
    const { places, width, height } = layoutOf(shapeOf(star));
    const points = [...places.values()];
    for (const [index, one] of points.entries()) {
      expect(one.x - CARD.width / 2).toBeGreaterThanOrEqual(0);
      expect(one.x + CARD.width / 2).toBeLessThanOrEqual(width);
      expect(one.y - CARD.height / 2).toBeGreaterThanOrEqual(0);
      expect(one.y + CARD.height / 2).toBeLessThanOrEqual(height);
      for (const other of points.slice(index + 1))
        expect(Math.abs(one.x - other.x) >= CARD.width || Math.abs(one.y - other.y) >= CARD.height, `${JSON.stringify([one, other])}`).toBe(true);
    }
  });

  it("puts one alone, two side by side, and five hundred as dots", () => {
    expect(layoutOf(shapeOf(graph(["a"], []))).places.size).toBe(1);
    const pair = layoutOf(shapeOf(graph(["a", "b"], [edge(["a", "b"])])));
    expect(pair.width).toBeGreaterThan(pair.height);
    const crowd = Array.from({ length: 500 }, (_, index) => `n${index}`);
    const dense = layoutOf(shapeOf(graph(crowd, crowd.slice(1).map((each, index) => edge([`n${index >> 1}`, each])))));
    expect(dense.isDense).toBe(true);
    expect([...dense.places.values()].every((point) => Number.isFinite(point.x) && Number.isFinite(point.y))).toBe(true);
  });

  it("draws nothing of nothing", () => {
    expect(layoutOf({ nodes: [], links: [] }).places.size).toBe(0);
  });
});
