import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { updateDestination } from "~/api/actions";
import { queuesQuery } from "~/api/delivery";
import type { Destination } from "~/api/model";
import { notifyUndoable } from "~/components/notify";
import { EnableSwitch } from "./EnableSwitch";

vi.mock("~/api/actions", () => ({ updateDestination: vi.fn() }));
vi.mock("~/components/notify", () => ({ notifyUndoable: vi.fn(), notifyProblem: vi.fn() }));
vi.mock("~/api/delivery", () => ({ queuesQuery: { queryKey: ["delivery", "queues"], queryFn: vi.fn(), retry: false } }));
beforeEach(() => {
  vi.resetAllMocks();
  vi.mocked(updateDestination).mockImplementation(async (id, { enabled }) => ({ id, enabled }) as Destination);
});

const waits = (waiting: number) => vi.mocked(queuesQuery.queryFn as () => unknown).mockResolvedValue([{ destinationId: "other", waiting: 99 }, { destinationId: "d", waiting }]);
const changes = () => vi.mocked(updateDestination).mock.calls;
const told = () => vi.mocked(notifyUndoable).mock.calls.map(([message]) => message);

function press(over: Partial<Destination> = {}) {
  const destination = { id: "d", name: "Webhook", enabled: true, metadata: { id: "webhook" }, ...over } as Destination;
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <EnableSwitch destination={destination} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.click(screen.getByRole("switch", { name: "Deliver events" }));
}

it("where something waits, switching off asks first and says how much", async () => {
  waits(1_204);
  press();
  await screen.findByText(/^1,204 events wait for it\./);
  expect(changes()).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Switch off" }));
  await waitFor(() => expect(told()).toEqual(["Disabled. Events that come meanwhile are not sent. What waited is kept for 30 seconds."]));
  expect(changes()).toEqual([["d", { enabled: false }]]);
});

it("who does not want that leaves it on", async () => {
  waits(1);
  press();
  await screen.findByText(/^1 event waits for it\./);
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByText(/waits for it/)).toBeNull());
  expect(changes()).toEqual([]);
});

it("where nothing waits, it is switched off at once and can be taken back", async () => {
  waits(0);
  press();
  await waitFor(() => expect(told()).toEqual(["Disabled. Events that come meanwhile are not sent."]));
  expect(screen.queryByText(/for it\./)).toBeNull();
  await vi.mocked(notifyUndoable).mock.calls[0]?.[1]();
  expect(changes()).toEqual([["d", { enabled: false }], ["d", { enabled: true }]]);
});

it("where it cannot be told what waits, it asks all the same", async () => {
  vi.mocked(queuesQuery.queryFn as () => unknown).mockRejectedValue(new Error("away"));
  press();
  await screen.findByText(/^How many events wait for it is not known just now\./);
  expect(changes()).toEqual([]);
});

it("an archive has no queue to ask about", async () => {
  press({ metadata: { id: "archive" } as Destination["metadata"] });
  await waitFor(() => expect(changes()).toEqual([["d", { enabled: false }]]));
  expect(queuesQuery.queryFn).not.toHaveBeenCalled();
});

it("switching on asks nothing", async () => {
  press({ enabled: false });
  await waitFor(() => expect(changes()).toEqual([["d", { enabled: true }]]));
  expect(told()).toEqual([]);
});
