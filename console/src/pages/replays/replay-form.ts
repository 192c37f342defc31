import type { ReplayScope, ReplaySpec } from "~/api/delivery-model";
import { receiptsWindow } from "~/api/delivery-range";
import type { ReplaysSearch } from "~/app/router";
import { fromLocalField, toLocalField } from "~/lib/local-time";

/** The fields as they are typed. */
export interface ReplayFields {
  destinationId: string;
  from: string;
  to: string;
  only: ReplayScope;
  eventType: string;
  eventName: string;
  rate: number | string;
}

/** As the server has it where none is given, and the most that it takes. */
const RATE_DEFAULT = 100;
export const RATE_MAX = 100_000;

export function initialFields(search: ReplaysSearch, onlyDestination: string | undefined, now: number): ReplayFields {
  const { startTime, endTime = now } = receiptsWindow(search.span ?? "24h", now);
  return {
    destinationId: search.destination ?? onlyDestination ?? "",
    from: toLocalField(startTime),
    to: toLocalField(endTime),
    only: search.only ?? "FAILURES",
    eventType: search.type ?? "",
    eventName: search.name ?? "",
    rate: RATE_DEFAULT,
  };
}

/** What to ask the server for, or what is wrong with each field. */
export function specOf(fields: ReplayFields): { spec: ReplaySpec } | { errors: Partial<Record<keyof ReplayFields, string>> } {
  const errors: Partial<Record<keyof ReplayFields, string>> = {};
  const [startTime, endTime] = [fromLocalField(fields.from), fromLocalField(fields.to)];
  const rate = Number(fields.rate);
  if (!fields.destinationId) errors.destinationId = "Choose where the events are to go.";
  if (!startTime) errors.from = "Give the time at which the events begin.";
  if (!endTime) errors.to = "Give the time at which the events end.";
  if (startTime && endTime && startTime >= endTime) errors.to = "Give an end that is after the start.";
  if (fields.rate === "" || !Number.isInteger(rate) || rate < 1 || rate > RATE_MAX) errors.rate = "Give a whole number from 1 to 100,000.";
  if (Object.keys(errors).length > 0 || !startTime || !endTime) return { errors };
  const eventName = fields.eventName.trim();
  return {
    spec: {
      destinationId: fields.destinationId,
      startTime,
      endTime,
      only: fields.only,
      ...(fields.eventType && { eventType: fields.eventType }),
      ...(eventName && { eventName }),
      ratePerSecond: rate,
    },
  };
}
