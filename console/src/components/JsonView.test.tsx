import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { parseExact } from "~/lib/exact-json";
import { JsonView } from "./JsonView";

const show = (text: string) =>
  render(
    <MantineProvider>
      <JsonView json={parseExact(text)} label="Payload" />
    </MantineProvider>,
  );
const lines = () => screen.getAllByRole("treeitem").map((line) => line.textContent);

it("shows numbers to the last digit", () => {
  show('{"id":9007199254740993}');
  expect(lines()).toEqual(["{ 1 }", "id: 9007199254740993"]);
});

it("folds with the left arrow and unfolds with the right one", () => {
  show('{"a":{"b":1}}');
  const parent = screen.getAllByRole("treeitem")[1] as HTMLElement;
  parent.focus();
  fireEvent.keyDown(parent, { key: "ArrowLeft" });
  expect(lines()).toEqual(["{ 1 }", "a: { 1 }"]);
  fireEvent.keyDown(parent, { key: "ArrowRight" });
  expect(lines()).toHaveLength(3);
});

it("says so when nothing matches the search", () => {
  show('{"a":1}');
  fireEvent.change(screen.getByLabelText("Find a key or value"), { target: { value: "zebra" } });
  expect(screen.getByText(/Nothing here contains “zebra”/)).toBeTruthy();
});

it("draws a message of very many properties in steps", () => {
  const { container } = show(`{${Array.from({ length: 1_000 }, (_, n) => `"p${n}":${n}`).join(",")}}`);
  const drawn = () => container.querySelectorAll("[role=treeitem]").length;
  expect(drawn()).toBe(400);
  fireEvent.click(screen.getByText("Show 400 more of 1001 lines"));
  expect(drawn()).toBe(800);
});
