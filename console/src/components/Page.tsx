import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  /** Stands beside the title: a status, an id. */
  beside?: ReactNode;
  description?: ReactNode;
  parent?: { label: string; to: string };
  actions?: ReactNode;
  width?: "normal" | "wide" | "narrow";
  children: ReactNode;
}

/** The frame of every page: one heading, what the page is for, and its main action. */
export function Page({ title, beside, description, parent, actions, width = "normal", children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · PrimeData`;
  }, [title]);
  return (
    <div className={`${classes.page} ${width === "normal" ? "" : classes[width]}`}>
      <header className={classes.header}>
        <div className={classes.heading}>
          {parent && (
            <div className={classes.crumbs}>
              <Link to={parent.to}>{parent.label}</Link> <span aria-hidden>/</span>
            </div>
          )}
          <div className={classes.title}>
            <h1 style={{ font: "inherit", margin: 0 }}>{title}</h1>
            {beside}
          </div>
          {description && <p className={classes.description}>{description}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
