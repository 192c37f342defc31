import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./CodeBlock.module.css";

interface CodeBlockProps {
  code: string;
  /** Names the block to people who cannot see it, and above it when `showTitle`. */
  title: string;
  showTitle?: boolean;
  wrap?: boolean;
}

/** Text to paste somewhere else, with one button that copies all of it. */
export function CodeBlock({ code, title, showTitle = false, wrap = false }: CodeBlockProps) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <div className={`${classes.block} ${wrap ? classes.wrap : ""}`}>
      {showTitle && <div className={classes.title}>{title}</div>}
      <pre tabIndex={0} role="region" aria-label={title}>
        <code>{code}</code>
      </pre>
      <Button
        className={classes.copy}
        size="compact-xs"
        variant="default"
        leftSection={clipboard.copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
        onClick={() => clipboard.copy(code)}
        aria-label={clipboard.copied ? "Copied" : `Copy ${title}`}
      >
        {clipboard.copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
