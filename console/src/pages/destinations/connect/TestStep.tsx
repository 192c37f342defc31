import { Button, Group, Stack, Text } from "@mantine/core";
import { IconSend2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { testDestination } from "~/api/actions";
import { ByHand } from "~/components/ByHand";
import { ProblemSentence } from "~/components/Sentence";
import { TestReport } from "../TestReport";
import type { StepProps } from "./ConnectSteps";
import { StepButtons } from "./StepButtons";

/** One made-up event, sent now, to see whether the other side takes it. */
export function TestStep({ destination, onBack, onNext }: StepProps) {
  const mutation = useMutation({ mutationFn: () => testDestination(destination.id) });
  const taken = mutation.data?.outcome === "delivered";
  return (
    <Stack gap="md">
      <Text>Sends one made-up event to {destination.name} and shows what went out and what came back.</Text>
      <Group>
        <Button variant={taken ? "default" : "filled"} leftSection={<IconSend2 size={16} />} loading={mutation.isPending} onClick={() => mutation.mutate()}>
          Send a test event
        </Button>
        <ByHand call={{ method: "POST", path: `/destinations/${destination.id}/test`, body: {}, command: ["destination", "test", destination.id] }} />
      </Group>
      {mutation.isError && <ProblemSentence error={mutation.error} />}
      {mutation.data && <TestReport result={mutation.data} />}
      <StepButtons onBack={onBack}>
        <Button variant={taken ? "filled" : "default"} onClick={onNext}>
          {taken ? "Continue" : "Continue without a test"}
        </Button>
      </StepButtons>
    </Stack>
  );
}
