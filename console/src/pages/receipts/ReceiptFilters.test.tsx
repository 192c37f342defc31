import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Replay } from "~/api/delivery-model";
import type { Destination } from "~/api/model";
import type { ReceiptsSearch } from "~/app/router";
import { ReceiptFilters } from "./ReceiptFilters";

function show(search: ReceiptsSearch) {
  const onChange = vi.fn();
  const destinations = [{ id: "d", name: "Webhook" } as Destination];
  const replays = [{ number: 3, destinationId: "d" } as Replay];
  render(
    <MantineProvider>
      <ReceiptFilters search={search} destinations={destinations} replays={replays} onChange={onChange} />
    </MantineProvider>,
  );
  return onChange;
}
const replay = () => screen.getByRole("combobox", { name: "Replay" }) as HTMLInputElement;

it("the replay of the address is shown as a filter that can be removed", () => {
  const onChange = show({ replay: 3, state: "failed" });
  expect(replay().value).toBe("Replay 3 to Webhook");
  fireEvent.click(screen.getByLabelText("Replayed or not"));
  expect(onChange.mock.calls).toEqual([[{ replay: undefined }]]);
});

it("without one, a replay or the first deliveries can be chosen", () => {
  const onChange = show({});
  expect(replay().value).toBe("");
  fireEvent.click(replay());
  for (const label of ["Replay 3 to Webhook", "First deliveries"]) fireEvent.click(screen.getByText(label));
  expect(onChange.mock.calls).toEqual([[{ replay: 3 }], [{ replay: 0 }]]);
});
