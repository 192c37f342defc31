import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useClipboard } from "@mantine/hooks";
import { shortenMiddle } from "~/lib/format";
import classes from "./CopyText.module.css";

interface CopyTextProps {
  value: string;
  /** What it is, for the label: "write key", "message id". */
  what?: string;
  /** Shortened in the middle to about this many characters; the whole is copied. */
  keep?: number;
}

/** A monospaced value that one click copies. */
export function CopyText({ value, what = "value", keep }: CopyTextProps) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <button
      type="button"
      className={classes.copy}
      title={keep ? value : undefined}
      aria-label={clipboard.copied ? `Copied ${what}` : `Copy ${what} ${value}`}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        clipboard.copy(value);
      }}
    >
      <span>{keep ? shortenMiddle(value, keep) : value}</span>
      {clipboard.copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
    </button>
  );
}
