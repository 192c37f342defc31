import { Drawer, MantineProvider, Modal } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { theme } from "./theme";

it("the head of what opens over a page is no second banner", () => {
  render(
    <MantineProvider theme={theme} env="test">
      <Modal opened onClose={() => {}} title="A question" />
      <Drawer opened onClose={() => {}} title="Details" />
    </MantineProvider>,
  );
  for (const title of ["A question", "Details"]) {
    const dialog = screen.getByRole("dialog", { name: title });
    expect(dialog.textContent).toContain(title);
    expect(dialog.querySelector("header")).toBeNull();
  }
});
