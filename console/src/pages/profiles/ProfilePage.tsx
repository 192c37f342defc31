import { Badge, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ProfileDetail } from "~/api/model";
import { profileQuery } from "~/api/people";
import { PROFILE_TABS } from "~/app/router";
import { ByHand } from "~/components/ByHand";
import { CopyText } from "~/components/CopyText";
import { Figure, Figures } from "~/components/Figures";
import { Page } from "~/components/Page";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount } from "~/lib/format";
import { AboutTab } from "./AboutTab";
import { CatchingUp } from "./CatchingUp";
import { EventsTab } from "./EventsTab";
import { IdentityTab } from "./IdentityTab";
import { LinksTab } from "./LinksTab";
import classes from "./ProfilePage.module.css";
import { wordsOf } from "./profile-words";

const route = getRouteApi("/signed-in/profiles/$profileId");

/** One person or account: who it is, what it did, why it is one, and what it is linked with. */
export default function ProfilePage() {
  const { profileId } = route.useParams();
  const query = useQuery(profileQuery(profileId));
  const profile = query.data;
  return (
    <Page
      title={profile?.label ?? "Profile"}
      beside={profile && <Badge color="gray" c="dimmed">{wordsOf(profile.collection).one}</Badge>}
      parent={{ label: "Profiles", to: "/profiles" }}
      description={profile && <CopyText value={profile.id} what="profile id" keep={34} />}
      actions={<ByHand call={{ method: "GET", path: `/profiles/${encodeURIComponent(profileId)}`, command: ["profile", "get", profileId] }} />}
    >
      <CatchingUp />
      <QueryView query={query}>{(loaded) => <Profile profile={loaded} asked={profileId} />}</QueryView>
    </Page>
  );
}

function Profile({ profile, asked }: { profile: ProfileDetail; asked: string }) {
  const { tab = "about" } = route.useSearch();
  const navigate = useNavigate({ from: "/profiles/$profileId" });
  const inUse = profile.identifiers.filter((each) => !each.isRemoved).length;
  const counted: Partial<Record<(typeof PROFILE_TABS)[number], number>> = {
    events: profile.counts.total,
    identity: inUse,
    links: profile.linksTotal,
  };
  const labels: Record<(typeof PROFILE_TABS)[number], string> = {
    about: "About",
    events: "Events",
    identity: "Identity graph",
    links: wordsOf(profile.collection).links,
  };
  return (
    <>
      {profile.mergedIds.includes(asked) && (
        <Sentence tone="info" reason={`${asked} was merged into this profile.`} remedy="Its id keeps leading here, in the console and in the Profile API." />
      )}
      <Figures>
        <Figure term="Events">{formatCount(profile.events)}</Figure>
        <Figure term="Identifiers">{formatCount(inUse)}</Figure>
        <Figure term="First seen">
          <TimeAgo time={profile.firstSeen} />
        </Figure>
        <Figure term="Last seen">
          <TimeAgo time={profile.lastSeen} />
        </Figure>
      </Figures>
      <Tabs value={tab} onChange={(next) => navigate({ search: { tab: PROFILE_TABS.find((each) => each === next) }, replace: true, resetScroll: false })}>
        <Tabs.List mb="lg">
          {PROFILE_TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {labels[each]}
              {counted[each] !== undefined && <span className={classes.count}>{formatCount(counted[each])}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="about">
          <AboutTab profile={profile} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <EventsTab profile={profile} />
        </Tabs.Panel>
        <Tabs.Panel value="identity">
          <IdentityTab profile={profile} />
        </Tabs.Panel>
        <Tabs.Panel value="links">
          <LinksTab profile={profile} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
