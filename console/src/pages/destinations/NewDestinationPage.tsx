import { IconBroadcast } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { Destination, DestinationMetadata } from "~/api/model";
import { destinationCatalogQuery, destinationQuery, sourcesQuery } from "~/api/queries";
import { ChoiceCards } from "~/components/ChoiceCards";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ConnectSteps } from "./connect/ConnectSteps";
import { DestinationIcon } from "./destination-icon";

const route = getRouteApi("/signed-in/destinations/new");
const PARENT = { label: "Destinations", to: "/destinations" };

/** Chooses from the catalog, then connects in steps. */
export default function NewDestinationPage() {
  const { destination } = route.useSearch();
  return destination ? <Begun destinationId={destination} /> : <Beginning />;
}

/** Nothing exists yet: a kind is chosen, and its settings are given. */
function Beginning() {
  const { kind } = route.useSearch();
  const navigate = useNavigate({ from: "/destinations/new" });
  const catalog = useQuery(destinationCatalogQuery);
  const entry = catalog.data?.find((each) => each.id === kind);
  return (
    <Page
      title="Add a destination"
      parent={PARENT}
      width="narrow"
      description="It receives the events of one source from the moment it is switched on. An archive also takes those already stored."
    >
      <Panel title="Where events go">
        <QueryView query={catalog}>
          {(entries) => (
            <ChoiceCards
              label="Kind of destination"
              value={kind}
              onChange={(id) => navigate({ search: (search) => ({ ...search, kind: id }), replace: true, resetScroll: false })}
              choices={entries.map((each) => ({
                value: each.id,
                name: each.name,
                text: each.description,
                icon: <DestinationIcon metadataId={each.id} />,
              }))}
            />
          )}
        </QueryView>
      </Panel>
      {entry && <Steps entry={entry} destination={undefined} />}
    </Page>
  );
}

/** It exists, switched off, and is on its way to be switched on. */
function Begun({ destinationId }: { destinationId: string }) {
  const query = useQuery(destinationQuery(destinationId));
  const name = query.data?.name;
  return (
    <Page
      title={name ? `Connect ${name}` : "Connect a destination"}
      parent={PARENT}
      width="narrow"
      description="Test it, see what a real event would send, then switch it on. Each step can be gone back to."
    >
      <QueryView query={query}>{(destination) => <Steps entry={destination.metadata} destination={destination} />}</QueryView>
    </Page>
  );
}

function Steps({ entry, destination }: { entry: DestinationMetadata; destination: Destination | undefined }) {
  const { source, step } = route.useSearch();
  const navigate = useNavigate({ from: "/destinations/new" });
  const sources = useQuery(sourcesQuery);
  return (
    <QueryView query={sources}>
      {(list) =>
        list.length === 0 ? (
          <Panel title={`Connect ${entry.name}`}>
            <EmptyState icon={IconBroadcast} title="A destination needs a source" action={<LinkButton to="/sources/new">Add a source</LinkButton>}>
              It receives the events of one source, and there is none yet.
            </EmptyState>
          </Panel>
        ) : (
          <ConnectSteps
            entry={entry}
            sources={list}
            initialSource={source ?? list[0]?.id}
            destination={destination}
            step={step}
            // The way back of the browser goes a step back, too, but not to a form that would create another one.
            onStep={(next, id) => navigate({ search: { destination: id, step: next }, replace: destination === undefined })}
          />
        )
      }
    </QueryView>
  );
}
