import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Session } from "~/api/model";
import { sessionQuery } from "~/api/queries";

const route = getRouteApi("/signed-in");

/**
 * Who is signed in, on every page behind the sign-in.
 *
 * It never asks the server itself: the route did, and while a sign-out is under way the last answer goes on being shown.
 */
export function useSession(): Session {
  const { session } = route.useRouteContext();
  return useQuery({ ...sessionQuery, enabled: false }).data ?? session;
}

/** Whether the signed-in person may manage members and tokens. The server decides again on each call. */
export function useIsOwner(): boolean {
  return useSession().account.role === "Workspace Owner";
}
