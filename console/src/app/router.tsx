import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiProblem } from "~/api/problem";
import { DIMENSIONS, type Dimension, RECEIPT_STATES, type ReceiptState, type ReplayScope } from "~/api/delivery-model";
import { type DeliverySpan, readSpan } from "~/api/delivery-range";
import { LEDGER_SPANS, type LedgerSpan } from "~/api/ledger";
import { sessionQuery } from "~/api/queries";
import { NotFound } from "./NotFound";
import { RouteProblem } from "./RouteProblem";
import { oneOf, text, wholeNumber } from "./search-values";
import { Shell } from "./Shell";

interface RouterContext {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string } => ({ next: text(search.next) }),
  component: lazyRouteComponent(() => import("~/pages/sign-in/SignInPage")),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: (search): { token?: string } => ({ token: text(search.token) }),
  component: lazyRouteComponent(() => import("~/pages/sign-in/SetupPage")),
});

/** Everything behind the sign-in. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    try {
      return { session: await context.queryClient.ensureQueryData(sessionQuery) };
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      throw redirect({ to: "/sign-in", search: { next: location.href === "/" ? undefined : location.href } });
    }
  },
  component: Shell,
  errorComponent: RouteProblem,
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("~/pages/overview/OverviewPage")),
});

const sources = createRoute({
  getParentRoute: () => signedIn,
  path: "/sources",
  component: lazyRouteComponent(() => import("~/pages/sources/SourcesPage")),
});
const newSource = createRoute({
  getParentRoute: () => signedIn,
  path: "/sources/new",
  validateSearch: (search): { kind?: string } => ({ kind: text(search.kind) }),
  component: lazyRouteComponent(() => import("~/pages/sources/NewSourcePage")),
});
export const SOURCE_TABS = ["setup", "ledger", "keys", "settings"] as const;
const source = createRoute({
  getParentRoute: () => signedIn,
  path: "/sources/$sourceId",
  validateSearch: (search): { tab?: (typeof SOURCE_TABS)[number]; sdk?: string; span?: LedgerSpan } => ({
    tab: oneOf(SOURCE_TABS, search.tab),
    sdk: text(search.sdk),
    span: oneOf(LEDGER_SPANS, search.span),
  }),
  component: lazyRouteComponent(() => import("~/pages/sources/SourcePage")),
});

export interface LiveSearch {
  source?: string;
  type?: string;
  name?: string;
  user?: string;
  view?: "rejected";
  /** What is open: "e12" the event, "r12" the rejected message at that offset. */
  open?: string;
}
const live = createRoute({
  getParentRoute: () => signedIn,
  path: "/live",
  validateSearch: (search): LiveSearch => ({
    source: text(search.source),
    type: text(search.type),
    name: text(search.name),
    user: text(search.user),
    view: oneOf(["rejected"] as const, search.view),
    open: text(search.open),
  }),
  component: lazyRouteComponent(() => import("~/pages/live/LivePage")),
});

export interface DuplicatesSearch {
  source?: string;
  span?: LedgerSpan;
  view?: "rejected";
  /** Only duplicates with this messageId. */
  message?: string;
  /** Only messages rejected with this code. */
  code?: string;
  /** What is open: the id of the duplicate, the offset of the rejected message. */
  open?: string;
}
const duplicates = createRoute({
  getParentRoute: () => signedIn,
  path: "/duplicates",
  validateSearch: (search): DuplicatesSearch => ({
    source: text(search.source),
    span: oneOf(LEDGER_SPANS, search.span),
    view: oneOf(["rejected"] as const, search.view),
    message: text(search.message),
    code: text(search.code),
    open: text(search.open),
  }),
  component: lazyRouteComponent(() => import("~/pages/duplicates/DuplicatesPage")),
});

const COLLECTIONS = ["users", "accounts"] as const;
export interface ProfilesSearch {
  query?: string;
  collection?: (typeof COLLECTIONS)[number];
}
const profiles = createRoute({
  getParentRoute: () => signedIn,
  path: "/profiles",
  validateSearch: (search): ProfilesSearch => ({ query: text(search.query), collection: oneOf(COLLECTIONS, search.collection) }),
  component: lazyRouteComponent(() => import("~/pages/profiles/ProfilesPage")),
});
export const PROFILE_TABS = ["about", "events", "identity", "links"] as const;
export interface ProfileSearch {
  tab?: (typeof PROFILE_TABS)[number];
  /** Only events of this type, of this name. */
  type?: string;
  name?: string;
  /** The messageId of the event that is open. */
  open?: string;
  /** Identifiers that are chosen in the graph, as `type:value`. */
  chosen?: string[];
}
const profile = createRoute({
  getParentRoute: () => signedIn,
  path: "/profiles/$profileId",
  validateSearch: (search): ProfileSearch => ({
    tab: oneOf(PROFILE_TABS, search.tab),
    type: text(search.type),
    name: text(search.name),
    open: text(search.open),
    chosen: Array.isArray(search.chosen) ? search.chosen.filter((name) => typeof name === "string") : undefined,
  }),
  component: lazyRouteComponent(() => import("~/pages/profiles/ProfilePage")),
});

export const IDENTITY_TABS = ["rules", "versions", "shared", "changes"] as const;
const identity = createRoute({
  getParentRoute: () => signedIn,
  path: "/identity",
  validateSearch: (search): { tab?: (typeof IDENTITY_TABS)[number] } => ({ tab: oneOf(IDENTITY_TABS, search.tab) }),
  component: lazyRouteComponent(() => import("~/pages/identity/IdentityPage")),
});

const destinations = createRoute({
  getParentRoute: () => signedIn,
  path: "/destinations",
  component: lazyRouteComponent(() => import("~/pages/destinations/DestinationsPage")),
});
export const CONNECT_STEPS = ["settings", "test", "preview", "enable"] as const;
export interface NewDestinationSearch {
  kind?: string;
  source?: string;
  /** What is being connected: from the second step on there is one. */
  destination?: string;
  step?: (typeof CONNECT_STEPS)[number];
}
const newDestination = createRoute({
  getParentRoute: () => signedIn,
  path: "/destinations/new",
  validateSearch: (search): NewDestinationSearch => ({
    kind: text(search.kind),
    source: text(search.source),
    destination: text(search.destination),
    step: oneOf(CONNECT_STEPS, search.step),
  }),
  component: lazyRouteComponent(() => import("~/pages/destinations/NewDestinationPage")),
});
export const DESTINATION_TABS = ["delivery", "settings"] as const;
const destination = createRoute({
  getParentRoute: () => signedIn,
  path: "/destinations/$destinationId",
  validateSearch: (search): { tab?: (typeof DESTINATION_TABS)[number] } => ({ tab: oneOf(DESTINATION_TABS, search.tab) }),
  component: lazyRouteComponent(() => import("~/pages/destinations/DestinationPage")),
});

export interface DeliverySearch {
  destination?: string;
  span?: DeliverySpan;
  /** By what the breakdown tells deliveries apart. */
  by?: Dimension;
}
const delivery = createRoute({
  getParentRoute: () => signedIn,
  path: "/delivery",
  validateSearch: (search): DeliverySearch => ({
    destination: text(search.destination),
    span: readSpan(search.span),
    by: oneOf(DIMENSIONS, search.by),
  }),
  component: lazyRouteComponent(() => import("~/pages/delivery/DeliveryOverviewPage")),
});

export interface ReceiptsSearch {
  /** A messageId: its whole path is shown. */
  message?: string;
  user?: string;
  anonymous?: string;
  destination?: string;
  /** The number of a replay; 0 for first deliveries. */
  replay?: number;
  state?: ReceiptState;
  code?: string;
  name?: string;
  type?: string;
  /** Only receipts begun within this time. */
  span?: DeliverySpan;
  /** The id of the receipt that is open. */
  open?: string;
}
const receipts = createRoute({
  getParentRoute: () => signedIn,
  path: "/delivery/receipts",
  validateSearch: (search): ReceiptsSearch => ({
    message: text(search.message),
    user: text(search.user),
    anonymous: text(search.anonymous),
    destination: text(search.destination),
    replay: wholeNumber(search.replay),
    state: oneOf(RECEIPT_STATES, search.state),
    code: text(search.code),
    name: text(search.name),
    type: text(search.type),
    span: readSpan(search.span),
    open: text(search.open),
  }),
  component: lazyRouteComponent(() => import("~/pages/receipts/ReceiptsPage")),
});

const queues = createRoute({
  getParentRoute: () => signedIn,
  path: "/queues",
  component: lazyRouteComponent(() => import("~/pages/queues/QueuesPage")),
});

const REPLAY_SCOPES: readonly ReplayScope[] = ["EVERYTHING", "FAILURES", "EXPIRED"];
export interface ReplaysSearch {
  /** The form is open, filled with the rest. */
  form?: "new";
  destination?: string;
  only?: ReplayScope;
  /** The time in which events were received. */
  span?: DeliverySpan;
  type?: string;
  name?: string;
}
const replays = createRoute({
  getParentRoute: () => signedIn,
  path: "/replays",
  validateSearch: (search): ReplaysSearch => ({
    form: oneOf(["new"] as const, search.form),
    destination: text(search.destination),
    only: oneOf(REPLAY_SCOPES, search.only),
    span: readSpan(search.span),
    type: text(search.type),
    name: text(search.name),
  }),
  component: lazyRouteComponent(() => import("~/pages/replays/ReplaysPage")),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyRouteComponent(() => import("~/pages/settings/SettingsLayout")),
});
const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/workspace" });
  },
});
const workspaceSettings = createRoute({
  getParentRoute: () => settings,
  path: "/workspace",
  component: lazyRouteComponent(() => import("~/pages/settings/WorkspacePage")),
});
const accountSettings = createRoute({
  getParentRoute: () => settings,
  path: "/account",
  component: lazyRouteComponent(() => import("~/pages/settings/AccountPage")),
});
const memberSettings = createRoute({
  getParentRoute: () => settings,
  path: "/members",
  component: lazyRouteComponent(() => import("~/pages/settings/MembersPage")),
});
const tokenSettings = createRoute({
  getParentRoute: () => settings,
  path: "/tokens",
  component: lazyRouteComponent(() => import("~/pages/settings/TokensPage")),
});
const oauthSettings = createRoute({
  getParentRoute: () => settings,
  path: "/oauth",
  component: lazyRouteComponent(() => import("~/pages/settings/OauthPage")),
});
const profileApiSettings = createRoute({
  getParentRoute: () => settings,
  path: "/profile-api",
  component: lazyRouteComponent(() => import("~/pages/settings/ProfileApiPage")),
});
const configurationSettings = createRoute({
  getParentRoute: () => settings,
  path: "/configuration",
  component: lazyRouteComponent(() => import("~/pages/settings/ConfigurationPage")),
});
const auditSettings = createRoute({
  getParentRoute: () => settings,
  path: "/audit",
  component: lazyRouteComponent(() => import("~/pages/settings/AuditPage")),
});

const routes = root.addChildren([
  signIn,
  setup,
  signedIn.addChildren([
    overview,
    sources,
    newSource,
    source,
    live,
    duplicates,
    profiles,
    profile,
    identity,
    destinations,
    newDestination,
    destination,
    delivery,
    receipts,
    queues,
    replays,
    settings.addChildren([
      settingsIndex,
      workspaceSettings,
      accountSettings,
      memberSettings,
      tokenSettings,
      oauthSettings,
      profileApiSettings,
      configurationSettings,
      auditSettings,
    ]),
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queryClient },
    defaultPreload: "intent",
    defaultErrorComponent: RouteProblem,
    scrollRestoration: true,
  });
}
