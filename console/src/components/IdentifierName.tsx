import { shortenMiddle } from "~/lib/format";
import { identifierIcon } from "./identifier-icon";
import classes from "./IdentifierName.module.css";

interface IdentifierNameProps {
  of: { type: string; value: string };
  /** Shortened in the middle to about this many characters; the whole is in the title. */
  keep?: number;
  /** Nobody is found by it any more. */
  struck?: boolean;
}

/** An identifier as it is told everywhere: the sign of its type, the type, the value. */
export function IdentifierName({ of: { type, value }, keep, struck = false }: IdentifierNameProps) {
  const Shown = identifierIcon(type);
  const short = keep ? shortenMiddle(value, keep) : value;
  return (
    <span className={classes.name} title={short === value ? undefined : `${type}:${value}`} data-struck={struck || undefined}>
      <Shown size={14} stroke={1.8} className={classes.icon} aria-hidden />
      <span className={classes.text}>
        <span className={classes.type}>{type}:</span>
        <span className="mono">{short}</span>
      </span>
    </span>
  );
}
