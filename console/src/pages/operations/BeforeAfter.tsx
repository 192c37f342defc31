import { IconArrowRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { OperationPreview, ProfileOutline } from "~/api/model";
import { nameOf } from "~/api/people";
import { IdentifierName } from "~/components/IdentifierName";
import { plural, shortenMiddle } from "~/lib/format";
import classes from "./BeforeAfter.module.css";

/** Who is who now and who would be who then, with what goes elsewhere marked. */
export function BeforeAfter({ preview: { before, after, moves } }: { preview: OperationPreview }) {
  const leaving = new Map(moves.flatMap((move) => (move.from ? [[nameOf(move.identifier), move.to ? "leaves" : "is removed"] as const] : [])));
  const coming = new Map(moves.flatMap((move) => (move.to ? [[nameOf(move.identifier), "comes"] as const] : [])));
  return (
    <div className={classes.sides}>
      <Side title="Now" outlines={before} marks={leaving} />
      <IconArrowRight className={classes.arrow} size={20} aria-hidden />
      <Side title="Then" outlines={after} marks={coming} />
    </div>
  );
}

interface SideProps {
  title: string;
  outlines: ProfileOutline[];
  marks: ReadonlyMap<string, string>;
}

function Side({ title, outlines, marks }: SideProps) {
  return (
    <section aria-label={title} className={classes.side}>
      <h3 className={classes.heading}>{title}</h3>
      {outlines.length === 0 && <p className={classes.none}>No profile</p>}
      {outlines.map((outline) => (
        <Outline key={outline.id} outline={outline} marks={marks} />
      ))}
    </section>
  );
}

function Outline({ outline, marks }: { outline: ProfileOutline; marks: ReadonlyMap<string, string> }) {
  return (
    <div className={classes.outline}>
      <div className={classes.label}>{outline.label}</div>
      <div className={classes.id}>
        <span className="mono" title={outline.id}>
          {shortenMiddle(outline.id, 14)}
        </span>{" "}
        <span className="tabular">{plural(outline.events, "event")}</span>
      </div>
      <ul className={classes.identifiers}>
        {outline.identifiers.map((identifier) => {
          const mark = marks.get(nameOf(identifier));
          return (
            <li key={nameOf(identifier)} data-moves={mark ? true : undefined}>
              <IdentifierName of={identifier} keep={20} />
              {mark && <span className={classes.mark}>{mark}</span>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The profiles of after, to go and see them. */
export function OutlineLinks({ outlines }: { outlines: ProfileOutline[] }) {
  return (
    <ul className={classes.links}>
      {outlines.map((outline) => (
        <li key={outline.id}>
          <Link to="/profiles/$profileId" params={{ profileId: outline.id }}>
            {outline.label}
          </Link>
          <span className={classes.id}>
            <span className="mono">{shortenMiddle(outline.id, 14)}</span> {plural(outline.events, "event")}
          </span>
        </li>
      ))}
    </ul>
  );
}
