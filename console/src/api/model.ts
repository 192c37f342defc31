import type { components } from "@primedata/api-client";
import type { ExactJson } from "~/lib/exact-json";

/** The API's shapes under the names that the console uses. Their truth is `api/openapi.json`. */
type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type Member = Schemas["User"];
export type Role = Schemas["Role"];
export type Session = Schemas["SessionData"];
export type SetupInvitation = Schemas["SetupData"];
export type Workspace = Schemas["Workspace"];

export type Source = Schemas["Source"];
export type SourceMetadata = Schemas["SourceMetadata"];
export type WriteKey = Schemas["WriteKey"];
export type Destination = Schemas["Destination"];
/** As sent: all members together replace the earlier ones. */
export type DeliveryRules = Required<Schemas["DeliveryRules"]>;
export type DestinationMetadata = Schemas["DestinationMetadata"];
export type DestinationOption = Schemas["DestinationOption"];

export type Attempt = Schemas["Delivery"];
export type Deliveries = Schemas["Deliveries"];
export type DeliveryState = Schemas["DeliveryState"];
export type Exchange = Schemas["TestResult"];
export type Outcome = Schemas["DeliveryOutcome"];

/** An event whose payload is kept exact. */
export type LiveEvent = Omit<Schemas["Event"], "payload"> & { payload: ExactJson };
export type RejectedMessage = Schemas["Rejected"];
export type Duplicate = Schemas["Duplicate"];
export type Ledger = Schemas["Ledger"];
export type LedgerCounts = Schemas["LedgerCounts"];
export type LedgerRow = Schemas["LedgerRow"];
export type Deduplication = Schemas["Deduplication"];

export type Attention = Schemas["Attention"];
export type DestinationActivity = Schemas["DestinationOverview"];
export type Journal = Schemas["JournalOverview"];
export type Overview = Schemas["Overview"];
export type OverviewTick = Pick<Overview, "totals" | "rates" | "journal">;
export type SeriesPoint = Schemas["SeriesMinute"];
export type SourceActivity = Schemas["SourceOverview"];
export type Totals = Schemas["Totals"];

export type ApiToken = Schemas["Token"];
export type AuditEvent = Schemas["AuditEvent"];
export type Invite = Schemas["Invite"];
export type OauthApp = Schemas["OauthApp"];
export type Scope = Schemas["Scope"];
export type Setting = Schemas["Setting"];

export type Collection = "users" | "accounts";
export type Identifier = Schemas["Identifier"];
export type Origin = Schemas["Origin"];
export type ProfileRow = Schemas["ProfileRow"];
export type FoundProfile = Schemas["FoundProfile"];
export type LinkedProfile = Schemas["LinkedProfile"];
export type ProfileIdentifier = Schemas["ProfileIdentifier"];
/** A trait whose value is kept exact. */
export type ProfileTrait = Omit<Schemas["ProfileTrait"], "value"> & { value: ExactJson };
export type ProfileDetail = Omit<Schemas["ProfileDetail"], "traits"> & { traits: ProfileTrait[] };
/** An event of a profile, whose payload is kept exact. */
export type ProfileEvent = Omit<Schemas["ProfileEvent"], "payload"> & { payload: ExactJson };
export type ProfileGraph = Schemas["ProfileGraph"];
export type GraphNode = Schemas["GraphNode"];
export type GraphEdge = Schemas["GraphEdge"];
export type Explanation = Schemas["Explanation"];
export type ExplanationStep = Schemas["ExplanationStep"];

export type Operation = Schemas["Operation"];
export type OperationPreview = Schemas["OperationPreview"];
export type ProfileOutline = Schemas["ProfileOutline"];
export type OperationEntry = Schemas["OperationEntry"];

export type IdentityStatus = Schemas["IdentityStatus"];
export type Hairball = Schemas["Hairball"];
export type RulesVersion = Schemas["RulesVersion"];
export type RulesPreview = Schemas["RulesPreview"];
export type RulesSample = Schemas["RulesSample"];

export type ProfileToken = Schemas["ProfileToken"];
export type PersonTokenSecret = Schemas["PersonTokenSecret"];
