import type { ExplanationStep, GraphEdge, Identifier, ProfileGraph } from "~/api/model";
import { nameOf } from "~/api/people";
import { formatCount, plural } from "~/lib/format";
import type { Join } from "./graph-shape";

const REASONS: Record<string, string> = {
  blocked: "its value is blocked",
  quarantined: "it is taken for a shared one",
  disregarded: "such events are disregarded",
  limit: "it would have broken a limit",
};

/** Why an identifier did not join, as a clause. */
export const reasonInWords = (reason: string): string => REASONS[reason] ?? reason;

/** "a", "a and b", "a, b and c", "a, b and 3 more". */
export function listed(names: readonly string[], namedMax = 4): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length <= namedMax) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, namedMax - 1).join(", ")} and ${formatCount(names.length - namedMax + 1)} more`;
}

/** What a line or a hub of the drawing says. */
export function joinInWords(join: Join): string {
  const kept = join.edges[0]?.identifiers ?? [];
  const how = join.days > 1 ? `on events of ${plural(join.days, "day")}` : "on events of one day";
  return kept.length > 1 ? `${listed(kept.map(nameOf))} came together ${how}` : `Came ${how}`;
}

/** What one event of an explanation did. */
export function stepInWords(step: Pick<ExplanationStep, "kept" | "dropped">, why: (identifier: Identifier) => string | undefined = () => undefined): string[] {
  const sentences = [
    step.kept.length > 1
      ? `${listed(step.kept.map(nameOf))} were on one event, which made them one.`
      : `${listed(step.kept.map(nameOf))} was alone on the event.`,
  ];
  for (const dropped of step.dropped) {
    const reason = why(dropped);
    sentences.push(`${nameOf(dropped)} was on it too and did not join${reason ? `, as ${reason}` : ""}.`);
  }
  return sentences;
}

/** The whole of an explanation in a sentence. */
export function explanationInWords(from: Identifier, steps: readonly Pick<ExplanationStep, "to">[]): string {
  const last = steps.at(-1);
  if (!last) return "These are the same.";
  if (steps.length === 1) return `One event named ${nameOf(from)} and ${nameOf(last.to)} together.`;
  const between = steps.slice(0, -1).map((step) => nameOf(step.to));
  return `${formatCount(steps.length)} events lead from ${nameOf(from)} over ${listed(between)} to ${nameOf(last.to)}.`;
}

/** The edge of a graph that a step of an explanation stands for: the same identifiers, kept and dropped. */
export function edgeOf(graph: ProfileGraph | undefined, step: Pick<ExplanationStep, "kept" | "dropped">): GraphEdge | undefined {
  const wanted = [...step.kept, ...step.dropped].map(nameOf).sort().join(" ");
  return graph?.edges.find((edge) => edge.identifiers.map(nameOf).sort().join(" ") === wanted);
}
