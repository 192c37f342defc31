import {
  IconActivity,
  IconAdjustments,
  IconBroadcast,
  IconChartFunnel,
  IconCopyCheck,
  IconFileText,
  IconFingerprint,
  IconHistory,
  IconHome,
  IconIdBadge2,
  IconKey,
  IconReceipt,
  IconRefresh,
  IconSend,
  IconShieldLock,
  IconStack2,
  IconUser,
  IconUsers,
  IconUserScan,
  type Icon,
} from "@tabler/icons-react";

export interface Place {
  label: string;
  to: string;
  icon: Icon;
  /** Said in the command palette. */
  about: string;
}
export interface Chapter {
  label?: string;
  places: Place[];
}

/** The product's chapters in the order data flows. A page stands here once it works. */
export const CHAPTERS: Chapter[] = [
  { places: [{ label: "Overview", to: "/", icon: IconActivity, about: "What happens now, and what needs a person" }] },
  {
    label: "Collect",
    places: [
      { label: "Sources", to: "/sources", icon: IconBroadcast, about: "Where events come from, their write keys and snippets" },
      { label: "Live debugger", to: "/live", icon: IconFileText, about: "Events as they arrive, and rejected ones with the reason" },
    ],
  },
  {
    label: "Process",
    places: [
      {
        label: "Duplicates and rejected",
        to: "/duplicates",
        icon: IconCopyCheck,
        about: "What was accepted and did not become an event, and whether it all adds up",
      },
    ],
  },
  {
    label: "People",
    places: [
      { label: "Profiles", to: "/profiles", icon: IconUserScan, about: "Find a person or an account, see why they are one, and put it right" },
      { label: "Identity rules", to: "/identity", icon: IconFingerprint, about: "By what identifiers people are one, shared devices, and what was changed by hand" },
    ],
  },
  {
    label: "Deliver",
    places: [
      { label: "Destinations", to: "/destinations", icon: IconSend, about: "Where events go" },
      { label: "Delivery overview", to: "/delivery", icon: IconChartFunnel, about: "What became of events at destinations, and why some did not arrive" },
      { label: "Receipts", to: "/delivery/receipts", icon: IconReceipt, about: "Find one event and see where it went, with every attempt" },
      { label: "Queues", to: "/queues", icon: IconStack2, about: "What waits for each destination, and how quickly it goes out" },
      { label: "Replays", to: "/replays", icon: IconRefresh, about: "Send past events, or what failed, to a destination again" },
    ],
  },
];

export const SETTINGS: Place[] = [
  { label: "Workspace", to: "/settings/workspace", icon: IconHome, about: "The workspace's name and ids" },
  { label: "Your account", to: "/settings/account", icon: IconUser, about: "Your name and password" },
  { label: "Members", to: "/settings/members", icon: IconUsers, about: "Who can sign in, and invites" },
  { label: "API tokens", to: "/settings/tokens", icon: IconKey, about: "Access for programs" },
  { label: "OAuth apps", to: "/settings/oauth", icon: IconShieldLock, about: "Signed access to the tracking API" },
  { label: "Profile API", to: "/settings/profile-api", icon: IconIdBadge2, about: "Tokens that read profiles, and secrets for pages" },
  { label: "Configuration", to: "/settings/configuration", icon: IconAdjustments, about: "The configuration in force" },
  { label: "Audit trail", to: "/settings/audit", icon: IconHistory, about: "Who changed what, and when" },
];

const PLACES = [...CHAPTERS.flatMap((chapter) => chapter.places.map((place) => place.to)), "/settings"];

/** The place of the navigation that a page belongs to: the nearest one above it. */
export function placeOf(pathname: string): string | undefined {
  const above = PLACES.filter((to) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`)));
  return above.sort((one, other) => other.length - one.length)[0];
}
