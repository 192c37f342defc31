import type { ReceiptFilter } from "~/api/delivery-model";
import type { ReceiptsSearch } from "~/app/router";
import type { HandCall } from "~/components/ByHand";

/** What narrows the list: the name in the address, in the API, on the command line where it is there. */
const FILTERS = [
  ["message", "messageId", "--message-id"],
  ["user", "userId", "--user"],
  ["anonymous", "anonymousId", "--anonymous"],
  ["destination", "destinationId", "--destination"],
  ["replay", "replayId", "--replay"],
  ["state", "state", "--state"],
  ["code", "code", "--code"],
  ["name", "eventName", "--name"],
  ["type", "eventType", undefined],
] as const;

type ApiFilter = Omit<ReceiptFilter, keyof ReceiptWindow>;
type ReceiptWindow = Pick<ReceiptFilter, "startTime" | "endTime">;

export const isFiltered = (search: ReceiptsSearch): boolean => search.span !== undefined || FILTERS.some(([name]) => search[name] !== undefined);
export const NO_FILTER: ReceiptsSearch = { span: undefined, ...Object.fromEntries(FILTERS.map(([name]) => [name, undefined])) };

/** The filter as the API takes it. */
export const apiFilter = (search: ReceiptsSearch): ApiFilter => Object.fromEntries(FILTERS.flatMap(([name, api]) => (search[name] === undefined ? [] : [[api, search[name]]])));

/** The list by hand; the command line only where it can narrow the list in the same way. */
export function listCall(search: ReceiptsSearch, window: ReceiptWindow = {}): HandCall {
  const given = FILTERS.filter(([name]) => search[name] !== undefined);
  const query = new URLSearchParams([...given.map(([name, api]) => [api, String(search[name])]), ...Object.entries(window)]).toString();
  const same = window.startTime === undefined && given.every(([, , flag]) => flag !== undefined);
  return {
    method: "GET",
    path: query ? `/delivery/receipts?${query}` : "/delivery/receipts",
    command: same ? ["delivery", "receipts", ...given.flatMap(([name, , flag]) => [flag as string, String(search[name])])] : undefined,
  };
}
