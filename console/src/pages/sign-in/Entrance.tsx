import { type ReactNode, useEffect } from "react";
import { Logo } from "~/app/Logo";
import classes from "./Entrance.module.css";

interface EntranceProps {
  title: string;
  text: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
}

/** The frame of the pages one meets before signing in. */
export function Entrance({ title, text, foot, children }: EntranceProps) {
  useEffect(() => {
    document.title = `${title} · PrimeData`;
  }, [title]);
  return (
    <main className={classes.entrance}>
      <div className={classes.box}>
        <div className={classes.brand}>
          <Logo size={28} />
          PrimeData
        </div>
        <div className={classes.card}>
          <h1 className={classes.title}>{title}</h1>
          <p className={classes.text}>{text}</p>
          {children}
        </div>
        {foot && <p className={classes.foot}>{foot}</p>}
      </div>
    </main>
  );
}
