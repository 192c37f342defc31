import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { SETTINGS } from "~/app/navigation";
import classes from "./SettingsLayout.module.css";

/** The settings pages beside their list. */
export default function SettingsLayout() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the list is a row wider than the screen.
    list.current?.querySelector(`[href="${pathname}"]`)?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname]);
  return (
    <div className={classes.layout}>
      <nav ref={list} className={classes.side} aria-label="Settings">
        <ul className={classes.list}>
          {SETTINGS.map(({ label, to, icon: Icon }) => (
            <li key={to}>
              <Link to={to} className={classes.link} aria-current={pathname === to ? "page" : undefined}>
                <Icon size={16} stroke={1.7} aria-hidden />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </div>
  );
}
