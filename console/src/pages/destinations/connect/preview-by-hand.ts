import type { HandCall } from "~/components/ByHand";

/** The preview by hand: of the newest event that the destination takes, or of one that is named. */
export const previewCall = (destinationId: string, messageId: string | undefined): HandCall => ({
  method: "POST",
  path: `/destinations/${destinationId}/preview`,
  body: messageId ? { messageId } : {},
  command: ["destination", "preview", destinationId, ...(messageId ? ["--message-id", messageId] : [])],
});
