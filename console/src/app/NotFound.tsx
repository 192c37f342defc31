import { IconMapOff } from "@tabler/icons-react";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";

export function NotFound() {
  return (
    <main>
      <h1 className="visually-hidden">Page not found</h1>
      <EmptyState
        icon={IconMapOff}
        title="There is no page at this address"
        action={
          <LinkButton to="/">
            Go to the overview
          </LinkButton>
        }
      >
        The link may be mistyped, or what it led to was deleted.
      </EmptyState>
    </main>
  );
}
