import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { updateDestination } from "~/api/actions";
import { destinationQuery, destinationsQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { LinkButton } from "~/components/LinkButton";
import { notifyDone } from "~/components/notify";
import { ProblemSentence, Sentence } from "~/components/Sentence";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import type { StepProps } from "./ConnectSteps";
import { StepButtons } from "./StepButtons";

/** The switch, and what follows from it. */
export function EnableStep({ destination, source, onBack }: StepProps) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const from = source?.name ?? "its source";
  const mutation = useMutation({
    mutationFn: () => updateDestination(destination.id, { enabled: true }),
    onSuccess: async (updated) => {
      queryClient.setQueryData(destinationQuery(destination.id).queryKey, updated);
      void queryClient.invalidateQueries({ queryKey: destinationsQuery.queryKey, exact: true });
      notifyDone(`${updated.name} is switched on.`);
      await navigate({ to: "/destinations/$destinationId", params: { destinationId: destination.id } });
    },
  });
  const page = { to: "/destinations/$destinationId", params: { destinationId: destination.id } } as const;
  if (destination.enabled)
    return (
      <Stack gap="md">
        <Sentence tone="good" reason={`${destination.name} is switched on and receives the events of ${from}.`} />
        <StepButtons onBack={onBack}>
          <LinkButton {...page}>See its deliveries</LinkButton>
        </StepButtons>
      </Stack>
    );
  return (
    <Stack gap="md">
      <Text>
        {hasReceipts(destination)
          ? `Once it is switched on, ${destination.name} receives each new event of ${from}. What came before can be replayed.`
          : `Once it is switched on, ${destination.name} receives each event of ${from}, also those that are stored already.`}
      </Text>
      {mutation.isError && <ProblemSentence error={mutation.error} />}
      <div>
        <ByHand
          call={{ method: "PATCH", path: `/destinations/${destination.id}`, body: { enabled: true }, command: ["destination", "enable", destination.id] }}
        />
      </div>
      <StepButtons onBack={onBack}>
        <LinkButton {...page} variant="default">
          Leave it switched off
        </LinkButton>
        <Button loading={mutation.isPending} onClick={() => mutation.mutate()}>
          Switch on
        </Button>
      </StepButtons>
    </Stack>
  );
}
