import { Link } from "@tanstack/react-router";
import type { RulesPreview, RulesSample } from "~/api/model";
import { nameOf } from "~/api/people";
import { IdentifierName } from "~/components/IdentifierName";
import { Sentence } from "~/components/Sentence";
import { formatCount, plural, shortenMiddle } from "~/lib/format";
import classes from "./IdentityPage.module.css";
import { partsOf } from "./sample-parts";

/** What rules would do to everybody, with some of those whom they would change. */
export function Simulation({ preview }: { preview: RulesPreview }) {
  const { profilesBefore, profilesAfter, split, merged, identifiersMoved, samples } = preview;
  if (identifiersMoved === 0)
    return (
      <Sentence
        tone="good"
        reason={`Nobody would be another person by it: ${formatCount(profilesBefore)} profiles, as now.`}
        remedy="It would hold for what comes."
      />
    );
  return (
    <div>
      <dl className={classes.outcome}>
        <Outcome term="Profiles" value={`${formatCount(profilesBefore)} → ${formatCount(profilesAfter)}`} />
        <Outcome term="Would split" value={formatCount(split)} />
        <Outcome term="Would be made of several" value={formatCount(merged)} />
        <Outcome term="Identifiers would move" value={formatCount(identifiersMoved)} />
      </dl>
      {samples.length > 0 && (
        <div className={classes.samples} role="region" aria-label="Some of them" tabIndex={0}>
          {samples.map((sample) => (
            <Sample key={`${sample.profileId} ${sample.splits}`} sample={sample} />
          ))}
        </div>
      )}
    </div>
  );
}

function Outcome({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}

function Sample({ sample }: { sample: RulesSample }) {
  const parts = partsOf(sample);
  return (
    <section className={classes.sample} aria-label={sample.splits ? "A profile that would split" : "A profile that would be made of several"}>
      <div className={classes.sampleHead}>
        <Link to="/profiles/$profileId" params={{ profileId: sample.profileId }} target="_blank" className="mono">
          {shortenMiddle(sample.profileId, 14)}
        </Link>
        <span className={classes.none}>{sample.splits ? `splits into ${plural(parts.length, "part")}` : `made of ${formatCount(parts.length)}`}</span>
      </div>
      {parts.map((part) => (
        <ul key={part.id ?? "none"} className={classes.group}>
          {part.id === null && <li className={classes.none}>in no profile</li>}
          {part.identifiers.map((identifier) => (
            <li key={nameOf(identifier)}>
              <IdentifierName of={identifier} keep={28} />
            </li>
          ))}
        </ul>
      ))}
    </section>
  );
}
