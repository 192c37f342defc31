import { Button } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { operationsQuery } from "~/api/identity";
import { ByHand } from "~/components/ByHand";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { OperationList } from "~/pages/operations/OperationList";
import classes from "./IdentityPage.module.css";

/** All that people did to who is who. */
export function ChangesPanel() {
  const query = useInfiniteQuery(operationsQuery);
  return (
    <Panel
      flush
      title="Changes by hand"
      description="What people did to who is who, the newest first. Each can be taken back, as if it had never been."
      actions={<ByHand call={{ method: "GET", path: "/identity/operations", command: ["profile", "operations"] }} />}
    >
      <QueryView query={query}>
        {({ pages }) => {
          const operations = pages.flatMap((page) => page.operations);
          if (operations.length === 0)
            return (
              <EmptyState
                icon={IconHistory}
                title="Nothing was changed by hand"
                action={
                  <LinkButton to="/profiles" variant="default">
                    Find somebody
                  </LinkButton>
                }
              >
                Where rules join two who are not one, open the profile and its identity graph: identifiers can be split off, removed and kept apart there.
              </EmptyState>
            );
          return (
            <>
              <OperationList operations={operations} />
              {query.hasNextPage && (
                <div className={classes.older}>
                  <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                    Show older ones
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </QueryView>
    </Panel>
  );
}
