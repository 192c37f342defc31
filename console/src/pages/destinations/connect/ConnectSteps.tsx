import { Stepper } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { Destination, DestinationMetadata, Source } from "~/api/model";
import { Panel } from "~/components/Panel";
import { Sentence } from "~/components/Sentence";
import { type ConnectStep, STEP_LABELS, stepBeside, stepShown, stepsFor } from "./connect-steps";
import { EnableStep } from "./EnableStep";
import { PreviewStep } from "./PreviewStep";
import { SettingsStep } from "./SettingsStep";
import { TestStep } from "./TestStep";

interface ConnectStepsProps {
  entry: DestinationMetadata;
  sources: Source[];
  initialSource: string | undefined;
  /** There is one from the second step on; it is switched off until the last. */
  destination: Destination | undefined;
  step: ConnectStep | undefined;
  onStep: (step: ConnectStep, destinationId: string) => void;
}

/** What every step after the first one is given. */
export interface StepProps {
  destination: Destination;
  source: Source | undefined;
  onBack: () => void;
  onNext: () => void;
}

/** Connects a destination: settings, a test, a look at a real event, and only then the switch. */
export function ConnectSteps({ entry, sources, initialSource, destination, step: asked, onStep }: ConnectStepsProps) {
  const narrow = useMediaQuery("(max-width: 48em)");
  const steps = stepsFor(entry);
  const step = stepShown(steps, asked, destination !== undefined);
  const go = (next: ConnectStep | undefined, of = destination) => next && of && onStep(next, of.id);
  const shared = destination && {
    destination,
    source: sources.find((each) => each.id === destination.sourceId),
    onBack: () => go(stepBeside(steps, step, -1)),
    onNext: () => go(stepBeside(steps, step, 1)),
  };
  return (
    <>
      <nav aria-label="Steps">
        <Stepper
          active={steps.indexOf(step)}
          onStepClick={(index) => go(steps[index])}
          allowNextStepsSelect={destination !== undefined}
          size="xs"
          iconSize={28}
          orientation={narrow ? "vertical" : "horizontal"}
        >
          {steps.map((each) => (
            <Stepper.Step key={each} label={STEP_LABELS[each]} aria-current={each === step ? "step" : undefined} />
          ))}
        </Stepper>
      </nav>
      {destination && !destination.enabled && step !== "enable" && (
        <Sentence
          tone="info"
          reason={`${destination.name} is switched off and receives nothing yet.`}
          remedy="You can leave at any time: it stays switched off, and its page leads back to these steps."
        />
      )}
      <Panel title={step === "settings" ? `Connect ${entry.name}` : STEP_LABELS[step]}>
        {step === "settings" && (
          <SettingsStep
            key={destination?.id ?? entry.id}
            entry={entry}
            sources={sources}
            initialSource={initialSource}
            destination={destination}
            onSaved={(saved) => go(stepBeside(steps, step, 1), saved)}
          />
        )}
        {step === "test" && shared && <TestStep {...shared} />}
        {step === "preview" && shared && <PreviewStep {...shared} />}
        {step === "enable" && shared && <EnableStep {...shared} />}
      </Panel>
    </>
  );
}
