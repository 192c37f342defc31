import type { Source } from "~/api/model";
import { shortenMiddle } from "~/lib/format";

/** A source's name; its id where it is gone. */
export const sourceLabel = (sources: Source[] | undefined, id: string): string => sources?.find((source) => source.id === id)?.name ?? shortenMiddle(id, 10);
