import type { ReactNode } from "react";
import classes from "./StatusDot.module.css";

export type Tone = "good" | "warn" | "bad" | "info" | "off";

/** A state in words; the dot only helps the eye find it. */
export function StatusDot({ tone, live = false, children }: { tone: Tone; live?: boolean; children: ReactNode }) {
  return (
    <span className={`${classes.status} ${live ? classes.live : ""}`} style={{ color: `var(--pd-${tone})` }}>
      <span className={classes.dot} style={{ background: `var(--pd-${tone}-dot)` }} aria-hidden />
      {children}
    </span>
  );
}

export function EnabledStatus({ enabled }: { enabled: boolean }) {
  return enabled ? <StatusDot tone="good">Enabled</StatusDot> : <StatusDot tone="off">Disabled</StatusDot>;
}
