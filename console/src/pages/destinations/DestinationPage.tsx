import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { Destination } from "~/api/model";
import { destinationQuery, sourcesQuery } from "~/api/queries";
import { DESTINATION_TABS } from "~/app/router";
import { CopyText } from "~/components/CopyText";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { EnabledStatus } from "~/components/StatusDot";
import { Delivery } from "./Delivery";
import { DestinationSettings } from "./DestinationSettings";
import { EnableSwitch } from "./EnableSwitch";

const route = getRouteApi("/signed-in/destinations/$destinationId");
const LABELS: Record<(typeof DESTINATION_TABS)[number], string> = { delivery: "Delivery", settings: "Settings" };

/** One destination: what it received and what it did not, and its settings. */
export default function DestinationPage() {
  const { destinationId } = route.useParams();
  const { tab = "delivery" } = route.useSearch();
  const navigate = useNavigate({ from: "/destinations/$destinationId" });
  const query = useQuery(destinationQuery(destinationId));
  const destination = query.data;
  const source = useQuery(sourcesQuery).data?.find((each) => each.id === destination?.sourceId);
  return (
    <Page
      title={destination?.name ?? "Destination"}
      beside={destination && <EnabledStatus enabled={destination.enabled} />}
      parent={{ label: "Destinations", to: "/destinations" }}
      description={
        destination && (
          <>
            {destination.metadata.name} <span aria-hidden>·</span> receives{" "}
            {source ? (
              <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>
                {source.name}
              </Link>
            ) : (
              destination.sourceId
            )}{" "}
            <span aria-hidden>·</span> <CopyText value={destination.id} what="destination id" keep={16} />
          </>
        )
      }
      actions={destination && <EnableSwitch destination={destination} />}
    >
      <QueryView query={query}>
        {(destination) => (
          <Tabs
            value={tab}
            onChange={(next) => navigate({ search: { tab: DESTINATION_TABS.find((each) => each === next) }, replace: true })}
          >
            <Tabs.List mb="lg">
              {DESTINATION_TABS.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {LABELS[each]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="delivery">
              {!destination.enabled && <SwitchedOff destination={destination} />}
              <Delivery destination={destination} />
            </Tabs.Panel>
            <Tabs.Panel value="settings">
              <DestinationSettings destination={destination} />
            </Tabs.Panel>
          </Tabs>
        )}
      </QueryView>
    </Page>
  );
}

/** Where somebody goes on who left halfway. */
function SwitchedOff({ destination }: { destination: Destination }) {
  return (
    <div style={{ marginBottom: 20 }}>
      <Sentence
        tone="off"
        reason="It is switched off, so it receives nothing."
        remedy="Test it and see what a real event would send before it is switched on."
        action={
          <LinkButton to="/destinations/new" search={{ destination: destination.id, step: "test" }} size="compact-sm" variant="default">
            Connect in steps
          </LinkButton>
        }
      />
    </div>
  );
}
