import { IconListDetails } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ProfileDetail, ProfileIdentifier, ProfileTrait, Source } from "~/api/model";
import { nameOf } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import { CopyText } from "~/components/CopyText";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { TimeAgo } from "~/components/TimeAgo";
import { stringifyExact } from "~/lib/exact-json";
import { formatCount, plural } from "~/lib/format";
import { sourceLabel } from "./source-label";
import classes from "./ProfilePage.module.css";

/** Who it is: identifiers with where each came from, and traits with source and time. */
export function AboutTab({ profile }: { profile: ProfileDetail }) {
  const sources = useQuery(sourcesQuery).data;
  const identifiers = useMemo(() => identifierColumns(sources), [sources]);
  const traits = useMemo(() => traitColumns(sources), [sources]);
  return (
    <div className={classes.stack}>
      <Panel flush title="Identifiers" description="Each with the event that first named it. Events and traits belong to identifiers, and go wherever they go.">
        <DataTable label="Identifiers" rows={profile.identifiers} columns={identifiers} rowKey={(row) => row.fragment} tools={profile.identifiers.length > 8} />
      </Panel>
      <Panel flush title="Traits" description="The newest value of each, with the source that sent it.">
        {profile.traits.length === 0 ? (
          <EmptyState icon={IconListDetails} title="No trait yet">
            Traits come with identify calls, those of accounts with group calls: a name, a plan, an address.
          </EmptyState>
        ) : (
          <DataTable label="Traits" rows={profile.traits} columns={traits} rowKey={(row) => row.name} tools={profile.traits.length > 8} />
        )}
      </Panel>
      {profile.mergedIds.length > 0 && (
        <Panel title="Other ids" description={`${plural(profile.mergedIds.length, "profile was", "profiles were")} merged into this one. Their ids keep leading here.`}>
          <ul className={classes.ids}>
            {profile.mergedIds.map((id) => (
              <li key={id}>
                <CopyText value={id} what="profile id" keep={34} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

const identifierColumns = (sources: Source[] | undefined): DataColumn<ProfileIdentifier>[] => [
  {
    id: "identifier",
    header: "Identifier",
    value: (row) => nameOf(row.identifier),
    cell: (row) => (
      <>
        <IdentifierName of={row.identifier} struck={row.isRemoved} />
        {row.isRemoved && <span className={classes.removed}>removed</span>}
      </>
    ),
  },
  { id: "events", header: "Its events", value: (row) => row.events, cell: (row) => formatCount(row.events), align: "end" },
  { id: "source", header: "First named by", value: (row) => sourceLabel(sources, row.origin.sourceId), secondary: true },
  {
    id: "message",
    header: "On the event",
    value: (row) => row.origin.messageId,
    cell: (row) => <CopyText value={row.origin.messageId} what="message id" keep={12} />,
    secondary: true,
  },
  { id: "firstSeen", header: "First seen", value: (row) => row.firstSeen, cell: (row) => <TimeAgo time={row.firstSeen} />, align: "end" },
];

const traitColumns = (sources: Source[] | undefined): DataColumn<ProfileTrait>[] => [
  { id: "name", header: "Trait", value: (row) => row.name, cell: (row) => <span className="mono">{row.name}</span> },
  { id: "value", header: "Value", value: (row) => textOf(row), cell: (row) => <TraitValue of={row} /> },
  { id: "source", header: "Source", value: (row) => sourceLabel(sources, row.sourceId), secondary: true },
  { id: "updatedAt", header: "Since", value: (row) => row.updatedAt, cell: (row) => <TimeAgo time={row.updatedAt} />, align: "end", secondary: true },
];

const textOf = ({ value }: ProfileTrait): string => (value.kind === "string" ? value.value : stringifyExact(value, 0));

function TraitValue({ of: trait }: { of: ProfileTrait }) {
  const { value } = trait;
  if (value.kind === "string") return <span className={classes.value}>{value.value === "" ? "(empty)" : value.value}</span>;
  return <span className={`mono ${classes.json}`}>{textOf(trait)}</span>;
}
