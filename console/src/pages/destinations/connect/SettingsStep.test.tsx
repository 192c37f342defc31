import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { createDestination, updateDestination } from "~/api/actions";
import type { Destination, DestinationMetadata, Source } from "~/api/model";
import { ApiProblem } from "~/api/problem";
import { SettingsStep } from "./SettingsStep";

vi.mock("~/api/actions", () => ({ createDestination: vi.fn(), updateDestination: vi.fn() }));
const onSaved = vi.fn();
beforeEach(() => void vi.resetAllMocks());

const entry = (id: string) => ({ id, name: "Webhook", options: [] }) as unknown as DestinationMetadata;
const source = { id: "s", name: "Shop" } as Source;
const made = { id: "d", name: "Webhook", sourceId: "s", settings: {}, delivery: { inOrder: true, eventsPerSecondMax: 50 } } as Destination;

const show = (kind: string, destination?: Destination) =>
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <SettingsStep entry={entry(kind)} sources={[source]} initialSource="s" destination={destination} onSaved={onSaved} />
      </QueryClientProvider>
    </MantineProvider>,
  );
const order = () => screen.getByRole("switch", { name: /Keep each person's events in order/ });
const rate = () => screen.getByLabelText("At most so many events a second") as HTMLInputElement;
const type = (text: string) => fireEvent.change(rate(), { target: { value: text } });
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

it("a destination is created with its order and pace", async () => {
  vi.mocked(createDestination).mockResolvedValue(made);
  show("webhook");
  fireEvent.click(order());
  type("50");
  press("Continue");
  await waitFor(() => expect(onSaved).toHaveBeenCalledWith(made));
  expect(vi.mocked(createDestination).mock.calls).toEqual([
    [{ sourceId: "s", metadataId: "webhook", enabled: false, name: "Webhook", settings: {}, delivery: { inOrder: true, eventsPerSecondMax: 50 } }],
  ]);
});

it("one that came back shows its order and pace, and what is taken back goes", async () => {
  vi.mocked(updateDestination).mockResolvedValue(made);
  show("webhook", made);
  expect(rate().value).toBe("50");
  type("");
  press("Save and continue");
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(vi.mocked(updateDestination).mock.calls).toEqual([["d", { name: "Webhook", settings: {}, delivery: { inOrder: true, eventsPerSecondMax: null } }]]);
});

it("a pace that is no number of events is refused at its field, and nothing is created", () => {
  show("webhook");
  type("0");
  press("Continue");
  expect(screen.getByText(/Give a whole number from 1/)).toBeTruthy();
  type("5");
  expect(screen.queryByText(/Give a whole number from 1/)).toBeNull();
  expect(createDestination).not.toHaveBeenCalled();
});

it("what the server refuses of the pace stands at its field", async () => {
  vi.mocked(createDestination).mockRejectedValue(new ApiProblem(422, "invalid", "Send at least 1 event a second.", "delivery.eventsPerSecondMax"));
  show("webhook");
  press("Continue");
  await waitFor(() => expect(screen.getAllByText("Send at least 1 event a second.")).toHaveLength(1));
  expect(rate().getAttribute("aria-invalid")).toBe("true");
});

it("an archive is asked for neither order nor pace", async () => {
  vi.mocked(createDestination).mockResolvedValue(made);
  show("archive");
  expect(screen.queryByLabelText("At most so many events a second")).toBeNull();
  press("Continue");
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(vi.mocked(createDestination).mock.calls[0]?.[0]).not.toHaveProperty("delivery");
});
