import { useSuspenseQuery } from "@tanstack/react-query";
import { sessionQuery } from "~/api/queries";

/** Whether the signed-in person may manage members and tokens. The server decides again on each call. */
export function useIsOwner(): boolean {
  return useSuspenseQuery(sessionQuery).data.account.role === "Workspace Owner";
}
