import type { Destination } from "~/api/model";

/** An archive takes files of events, not single ones, and tells of those. */
export const hasReceipts = (destination: { metadata: Pick<Destination["metadata"], "id"> }): boolean => destination.metadata.id !== "archive";
