import { Switch } from "@mantine/core";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateDestination } from "~/api/actions";
import { queuesQuery } from "~/api/delivery";
import type { Destination } from "~/api/model";
import { destinationQuery, destinationsQuery } from "~/api/queries";
import { ConfirmDanger } from "~/components/DangerZone";
import { notifyProblem, notifyUndoable } from "~/components/notify";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import { switchedOffInWords, switchOffConsequence } from "./switch-off-words";

/** Switches a destination on and off. Where something waits for it, the switch asks first; otherwise it can be taken back. */
export function EnableSwitch({ destination }: { destination: Destination }) {
  const queryClient = useQueryClient();
  const [waiting, setWaiting] = useState<number | null>(0);
  const keep = (updated: Destination) => {
    queryClient.setQueryData(destinationQuery(destination.id).queryKey, updated);
    void queryClient.invalidateQueries({ queryKey: destinationsQuery.queryKey, exact: true });
  };
  const set = async (enabled: boolean) => keep(await updateDestination(destination.id, { enabled }));
  const switchOff = async (waits: number | null) => {
    await set(false);
    notifyUndoable(switchedOffInWords(waits), () => set(true));
  };
  const mutation = useMutation({
    mutationFn: async ({ enabled, ask }: { enabled: boolean; ask: () => void }) => {
      if (enabled) return set(true);
      const waits = await waitingFor(destination, queryClient);
      setWaiting(waits);
      return waits === 0 ? switchOff(waits) : ask();
    },
    onError: notifyProblem,
  });
  return (
    <ConfirmDanger
      action="Switch off"
      consequence={switchOffConsequence(waiting)}
      run={() => switchOff(waiting)}
      hand={{ method: "PATCH", path: `/destinations/${destination.id}`, body: { enabled: false }, command: ["destination", "disable", destination.id] }}
      trigger={(ask) => (
        <Switch
          size="md"
          label="Deliver events"
          labelPosition="left"
          checked={destination.enabled}
          disabled={mutation.isPending}
          onChange={(event) => mutation.mutate({ enabled: event.currentTarget.checked, ask })}
        />
      )}
    />
  );
}

/** How many events wait at this moment; null where that cannot be told. An archive has no queue: it writes what waits when it is switched off. */
async function waitingFor(destination: Destination, queryClient: QueryClient): Promise<number | null> {
  if (!hasReceipts(destination)) return 0;
  try {
    const queues = await queryClient.fetchQuery(queuesQuery);
    return queues.find((queue) => queue.destinationId === destination.id)?.waiting ?? 0;
  } catch {
    return null;
  }
}
