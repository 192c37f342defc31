import type { DeliveryRules, Destination } from "~/api/model";
import type { HandCall } from "~/components/ByHand";
import { formatCount } from "~/lib/format";

/** The greatest number that the server takes: 32 bits. */
const RATE_MAX = 4_294_967_295;

/** The rules as they are typed; an empty rate is none. */
export interface RuleFields {
  inOrder: boolean;
  rate: number | string;
}

export const fieldsOf = ({ inOrder, eventsPerSecondMax }: Partial<Destination["delivery"]>): RuleFields => ({ inOrder: inOrder ?? false, rate: eventsPerSecondMax ?? "" });

/** What to ask the server for; null where the rate is no whole number of events, which `RATE_HELP` says. */
export function rulesOf({ inOrder, rate }: RuleFields): DeliveryRules | null {
  if (String(rate).trim() === "") return { inOrder, eventsPerSecondMax: null };
  const eventsPerSecondMax = Number(rate);
  return Number.isInteger(eventsPerSecondMax) && eventsPerSecondMax >= 1 && eventsPerSecondMax <= RATE_MAX ? { inOrder, eventsPerSecondMax } : null;
}

export const RATE_HELP = `Give a whole number from 1 to ${formatCount(RATE_MAX)}, or leave it empty for as many as it takes.`;

/** Setting the rules by hand. */
export const rulesCall = (destinationId: string, rules: DeliveryRules): HandCall => ({
  method: "PATCH",
  path: `/destinations/${destinationId}`,
  body: { delivery: rules },
  command: ["destination", "update", destinationId, "--in-order", String(rules.inOrder), "--events-per-second", String(rules.eventsPerSecondMax ?? "none")],
});
