import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { problemFrom } from "~/api/problem";
import { CopyText } from "./CopyText";
import classes from "./Sentence.module.css";
import type { Tone } from "./StatusDot";
import { Words } from "./Words";

const icons = { good: IconCircleCheck, warn: IconAlertTriangle, bad: IconCircleX, info: IconInfoCircle, off: IconInfoCircle };

interface SentenceProps {
  tone?: Tone;
  reason: ReactNode;
  remedy?: ReactNode;
  /** The name to search for; one click copies it. */
  code?: string;
  action?: ReactNode;
  /** Announces the sentence when it appears. */
  announce?: boolean;
}

/** What happened, what to do about it, and the code to search for, in this order. */
export function Sentence({ tone = "info", reason, remedy, code, action, announce = false }: SentenceProps) {
  const Icon = icons[tone];
  return (
    <div className={classes.sentence} style={{ borderLeftColor: `var(--pd-${tone}-dot)` }} role={announce ? "alert" : undefined}>
      <Icon className={classes.icon} size={18} color={`var(--pd-${tone})`} aria-hidden />
      <div style={{ minWidth: 0 }}>
        <p className={classes.reason}>{typeof reason === "string" ? <Words>{reason}</Words> : reason}</p>
        {remedy && <p className={classes.remedy}>{typeof remedy === "string" ? <Words>{remedy}</Words> : remedy}</p>}
        {code && (
          <p className={classes.code}>
            Code <CopyText value={code} what="code" />
          </p>
        )}
        {action && <div className={classes.action}>{action}</div>}
      </div>
    </div>
  );
}

/** A refused or failed call, as the server explained it. */
export function ProblemSentence({ error, action }: { error: unknown; action?: ReactNode }) {
  const problem = problemFrom(error);
  const wait = problem.retryAfterSeconds ? `Try again in ${problem.retryAfterSeconds} seconds.` : undefined;
  return <Sentence tone="bad" reason={problem.message} remedy={wait} code={problem.code} action={action} announce />;
}
