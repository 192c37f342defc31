import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { DataTable } from "./DataTable";

vi.mock("@tanstack/react-router", () => ({ useNavigate: () => vi.fn() }));

function show(values: (string | number | undefined)[]) {
  render(
    <MantineProvider>
      <DataTable
        label="Values"
        rows={values.map((value, id) => ({ value, id }))}
        columns={[{ id: "value", header: "Value", value: (row) => row.value }]}
        rowKey={(row) => String(row.id)}
      />
    </MantineProvider>,
  );
}
const sorted = () => screen.getByRole("columnheader").getAttribute("aria-sort");
const shown = () => screen.getAllByRole("cell").map((cell) => cell.textContent);
function sort(order: "ascending" | "descending") {
  for (let times = 0; sorted() !== order && times < 3; times++) fireEvent.click(screen.getByRole("button", { name: "Value" }));
}

it("numbers are ordered by their size, also below zero, and what has none comes last", () => {
  show([3, -50, undefined, 12.5, -5, 100]);
  sort("ascending");
  expect(shown()).toEqual(["-50", "-5", "3", "12.5", "100", ""]);
  sort("descending");
  expect(shown()).toEqual(["100", "12.5", "3", "-5", "-50", ""]);
});

it("names are ordered as people do, with the numbers in them", () => {
  show(["Step 10", "Step 9", "A step"]);
  sort("ascending");
  expect(shown()).toEqual(["A step", "Step 9", "Step 10"]);
});
