import { Children, type CSSProperties, type ReactNode } from "react";
import classes from "./Figures.module.css";

/** The few figures that say the most about a page, in a row; two by two where there is less room. */
export function Figures({ loading = false, children }: { loading?: boolean; children: ReactNode }) {
  const columns = { "--figures": Children.count(children) } as CSSProperties;
  return (
    <dl className={classes.figures} style={columns} aria-busy={loading || undefined}>
      {children}
    </dl>
  );
}

/** `note`: what stands below; given as an empty text, its room is kept. */
export function Figure({ term, note, children }: { term: string; note?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd className="tabular">{children}</dd>
      {note !== undefined && <dd className={classes.note}>{note || "\u00a0"}</dd>}
    </div>
  );
}
