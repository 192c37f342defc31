import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { between, type DeliverySpan } from "~/api/delivery-range";
import { toLocalField } from "~/lib/local-time";
import { TimeRange } from "./TimeRange";

const HOUR = 3_600_000;

function show(value: DeliverySpan) {
  const onChange = vi.fn();
  render(
    <MantineProvider>
      <TimeRange<DeliverySpan> label="Time range" value={value} onChange={onChange} />
    </MantineProvider>,
  );
  return onChange;
}
const choice = () => screen.getByRole("combobox", { name: "Time range" }) as HTMLInputElement;
const choose = (label: string) => {
  fireEvent.click(choice());
  fireEvent.click(screen.getByText(label));
};
const type = (label: string, time: number) => fireEvent.change(screen.getByLabelText(label), { target: { value: toLocalField(time).slice(0, 16) } });

it("every length of time of the Delivery Overview is offered", () => {
  const onChange = show("24h");
  expect(choice().value).toBe("1 day");
  for (const label of ["10 minutes", "1 hour", "7 days", "2 weeks", "30 days"]) choose(label);
  expect(onChange.mock.calls).toEqual([["10m"], ["1h"], ["7d"], ["14d"], ["30d"]]);
});

it("a custom range is told once it makes sense, and says what is wrong before", async () => {
  const onChange = show("24h");
  choose("Custom range");
  await screen.findByLabelText("From");
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  type("From", minute - HOUR);
  type("To", minute - 2 * HOUR);
  fireEvent.click(screen.getByRole("button", { name: "Show" }));
  expect(screen.getByText("Give an end that is after the start.")).toBeTruthy();
  expect(onChange).not.toHaveBeenCalled();
  type("From", minute - 3 * HOUR);
  fireEvent.click(screen.getByRole("button", { name: "Show" }));
  expect(onChange.mock.calls).toEqual([[between(minute - 3 * HOUR, minute - 2 * HOUR)]]);
});

it("the custom range of a link is shown by its moments", () => {
  show(between(new Date(2026, 2, 28, 10).getTime(), new Date(2026, 2, 28, 12, 30).getTime()));
  expect(choice().value).toBe("Mar 28, 10:00 to 12:30");
});
