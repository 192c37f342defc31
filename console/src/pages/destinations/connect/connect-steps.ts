import type { Destination } from "~/api/model";
import { CONNECT_STEPS } from "~/app/router";
import { hasReceipts } from "~/pages/delivery/has-receipts";

export type ConnectStep = (typeof CONNECT_STEPS)[number];

export const STEP_LABELS: Record<ConnectStep, string> = {
  settings: "Settings",
  test: "Test the connection",
  preview: "Preview a real event",
  enable: "Switch on",
};

/** The steps of a kind: an archive writes files and makes no request of an event that could be shown. */
export const stepsFor = (entry: Destination["metadata"]): ConnectStep[] => CONNECT_STEPS.filter((step) => step !== "preview" || hasReceipts({ metadata: entry }));

/** Which of the steps is shown: only the first one, as long as nothing is created. */
export function stepShown(steps: readonly ConnectStep[], asked: ConnectStep | undefined, created: boolean): ConnectStep {
  return created && asked && steps.includes(asked) ? asked : "settings";
}

/** The step before, or after; undefined at the ends. */
export const stepBeside = (steps: readonly ConnectStep[], step: ConnectStep, by: 1 | -1): ConnectStep | undefined => steps[steps.indexOf(step) + by];
