import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface EmptyStateProps {
  icon: Icon;
  /** What will stand here. */
  title: string;
  /** Why one wants it. */
  children: ReactNode;
  /** The one thing that fills the page. */
  action?: ReactNode;
  /** A snippet that fills it too. */
  more?: ReactNode;
}

export function EmptyState({ icon: IconShown, title, children, action, more }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <div className={classes.icon} aria-hidden>
        <IconShown size={22} stroke={1.6} />
      </div>
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{children}</p>
      {(action || more) && (
        <div className={classes.action}>
          {action}
          {more && <div className={classes.more}>{more}</div>}
        </div>
      )}
    </div>
  );
}
