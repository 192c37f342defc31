import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { replaysQuery } from "~/api/delivery";
import { destinationsQuery } from "~/api/queries";
import type { ReplaysSearch } from "~/app/router";
import { ByHand } from "~/components/ByHand";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { shortenMiddle } from "~/lib/format";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import { ReplayForm } from "./ReplayForm";
import { ReplayList } from "./ReplayList";

const route = getRouteApi("/signed-in/replays");
const CLOSED: ReplaysSearch = {};

/** Sending past events again: what ran, what runs, and a new one with its preview. */
export default function ReplaysPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/replays" });
  const destinations = useQuery(destinationsQuery);
  const replays = useQuery(replaysQuery);
  const nameOf = useMemo(() => {
    const names = new Map(destinations.data?.map((each) => [each.id, each.name]));
    return (id: string) => names.get(id) ?? shortenMiddle(id, 10);
  }, [destinations.data]);
  const close = () => navigate({ search: CLOSED, replace: true, resetScroll: false });
  const add = (
    <LinkButton to="/replays" search={{ form: "new" }} leftSection={<IconRefresh size={16} />}>
      Replay events
    </LinkButton>
  );
  return (
    <Page
      title="Replays"
      description="Sends past events, or just what failed, to a destination again: after it was away, after its settings were put right, or when it is new."
      actions={search.form === undefined && (replays.data?.length ?? 0) > 0 && add}
    >
      {search.form === "new" && (
        <QueryView query={destinations}>
          {(all) => (
            <ReplayForm
              key={`${search.destination} ${search.span} ${search.only} ${search.type} ${search.name}`}
              search={search}
              destinations={all.filter(hasReceipts)}
              onStarted={close}
              onClose={close}
            />
          )}
        </QueryView>
      )}
      <Panel title="Replays so far" description="The newest first." flush actions={<ByHand call={{ method: "GET", path: "/replays", command: ["replay", "list"] }} />}>
        <QueryView query={replays}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState icon={IconRefresh} title="Nothing was replayed yet" action={search.form === undefined && add}>
                A replay stands here with how far it is and what became of its events. One sees what would be sent before anything is.
              </EmptyState>
            ) : (
              <ReplayList replays={all} nameOf={nameOf} />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}
