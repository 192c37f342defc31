import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { hairballsQuery } from "~/api/identity";
import { IDENTITY_TABS } from "~/app/router";
import { Page } from "~/components/Page";
import { formatCount } from "~/lib/format";
import { CatchingUp } from "~/pages/profiles/CatchingUp";
import { ChangesPanel } from "./ChangesPanel";
import classes from "./IdentityPage.module.css";
import { RulesTab, type Work } from "./RulesTab";
import { SharedPanel } from "./SharedPanel";
import { StatusFigures } from "./StatusFigures";
import { VersionsPanel } from "./VersionsPanel";

const route = getRouteApi("/signed-in/identity");
const LABELS: Record<(typeof IDENTITY_TABS)[number], string> = {
  rules: "Rules",
  versions: "Versions",
  shared: "Shared identifiers",
  changes: "Changes by hand",
};

/** By what people are one, and what was done beside the rules. */
export default function IdentityPage() {
  const { tab = "rules" } = route.useSearch();
  const navigate = useNavigate({ from: "/identity" });
  // A draft outlives a look at another tab.
  const [work, setWork] = useState<Work | null>(null);
  const shared = useQuery(hairballsQuery).data?.total ?? 0;
  return (
    <Page
      title="Identity rules"
      description="Identifiers on one event belong to one person, within limits that you set. Rules hold for all of history, as if they had been in force from the first event on."
    >
      <CatchingUp />
      <StatusFigures />
      <Tabs value={tab} onChange={(next) => navigate({ search: { tab: IDENTITY_TABS.find((each) => each === next) }, replace: true, resetScroll: false })}>
        <Tabs.List mb="lg">
          {IDENTITY_TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {LABELS[each]}
              {each === "shared" && shared > 0 && <span className={classes.count}>{formatCount(shared)}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="rules">
          <RulesTab work={work} onWork={setWork} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsPanel />
        </Tabs.Panel>
        <Tabs.Panel value="shared">
          <SharedPanel />
        </Tabs.Panel>
        <Tabs.Panel value="changes">
          <ChangesPanel />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
