import { Button, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconCopy, IconRoute, IconSearch } from "@tabler/icons-react";
import { notifications } from "@mantine/notifications";
import { type KeyboardEvent, useMemo, useState } from "react";
import type { ExactJson } from "~/lib/exact-json";
import { copyTextOf, type JsonLine, jsonLines } from "~/lib/json-lines";
import classes from "./JsonView.module.css";

/** Lines drawn at first and added per step; a message may hold ten thousand properties. */
const LINES_STEP = 400;

/** A JSON value as a tree: fold, search, copy a value or its path. Numbers keep every digit. */
export function JsonView({ json, label }: { json: ExactJson; label: string }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [search, setSearch] = useState("");
  const [linesMax, setLinesMax] = useState(LINES_STEP);
  const lines = useMemo(() => jsonLines(json, folded, search), [json, folded, search]);
  const [active, setActive] = useState("$");
  const activeShown = lines.some((line) => line.path === active) ? active : "$";

  function toggle(path: string) {
    const next = new Set(folded);
    if (!next.delete(path)) next.add(path);
    setFolded(next);
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=treeitem]")];
    const index = rows.indexOf(event.target as HTMLElement);
    const line = lines[index];
    if (!line || event.metaKey || event.ctrlKey || event.altKey) return;
    const go = (to: number) => {
      rows[Math.max(0, Math.min(to, rows.length - 1))]?.focus();
    };
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(lines.length - 1),
      ArrowRight: () => (line.folded ? toggle(line.path) : go(index + 1)),
      ArrowLeft: () => (line.children > 0 && !line.folded ? toggle(line.path) : go(lines.findLastIndex((other, at) => at < index && other.depth < line.depth))),
      c: () => copyValue(line),
      p: () => copyPath(line),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  return (
    <div>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          size="xs"
          placeholder="Find a key or value"
          aria-label="Find a key or value"
          leftSection={<IconSearch size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Button
          size="xs"
          variant="default"
          onClick={() => setFolded(folded.size > 0 ? new Set() : new Set(lines.filter((line) => line.depth === 1 && line.children > 0).map((line) => line.path)))}
        >
          {folded.size > 0 ? "Unfold all" : "Fold"}
        </Button>
      </div>
      <div className={classes.view} role="tree" aria-label={label} onKeyDown={onKeyDown}>
        {lines.slice(0, linesMax).map((line, index) => (
          <Line
            key={`${line.path}#${index}`}
            line={line}
            focusable={line.path === activeShown}
            onFocus={() => setActive(line.path)}
            onToggle={() => toggle(line.path)}
          />
        ))}
      </div>
      {lines.length > linesMax && (
        <Button size="compact-xs" variant="default" mt="xs" onClick={() => setLinesMax(linesMax + LINES_STEP)}>
          Show {Math.min(LINES_STEP, lines.length - linesMax)} more of {lines.length} lines
        </Button>
      )}
      {search.trim() !== "" && lines.length === 1 && <p className={classes.quiet}>Nothing here contains “{search.trim()}”.</p>}
    </div>
  );
}

interface LineProps {
  line: JsonLine;
  focusable: boolean;
  onFocus: () => void;
  onToggle: () => void;
}

function Line({ line, focusable, onFocus, onToggle }: LineProps) {
  const foldable = line.children > 0;
  return (
    <div
      className={classes.line}
      role="treeitem"
      aria-level={line.depth + 1}
      aria-expanded={foldable ? !line.folded : undefined}
      tabIndex={focusable ? 0 : -1}
      onFocus={onFocus}
      style={{ paddingLeft: line.depth * 16 }}
    >
      <span className={classes.fold} data-foldable={foldable || undefined} onClick={foldable ? onToggle : undefined} aria-hidden>
        {foldable && (line.folded ? <IconChevronRight size={13} /> : <IconChevronDown size={13} />)}
      </span>
      <span className={line.matches ? classes.match : undefined}>
        {line.key !== undefined && (
          <>
            <span className={classes.key}>{line.key}</span>
            <span className={classes.quiet}>: </span>
          </>
        )}
        <Value json={line.json} />
      </span>
      <span className={classes.copies}>
        <button type="button" tabIndex={-1} title="Copy value (c)" aria-label={`Copy value of ${line.path}`} onClick={() => copyValue(line)}>
          <IconCopy size={12} />
        </button>
        <button type="button" tabIndex={-1} title="Copy path (p)" aria-label={`Copy path ${line.path}`} onClick={() => copyPath(line)}>
          <IconRoute size={12} />
        </button>
      </span>
    </div>
  );
}

function Value({ json }: { json: ExactJson }) {
  switch (json.kind) {
    case "object":
      return <span className={classes.quiet}>{json.entries.length === 0 ? "{}" : `{ ${json.entries.length} }`}</span>;
    case "array":
      return <span className={classes.quiet}>{json.items.length === 0 ? "[]" : `[ ${json.items.length} ]`}</span>;
    case "string":
      return <span className={classes.string}>"{json.value}"</span>;
    case "number":
      return <span className={classes.number}>{json.text}</span>;
    case "literal":
      return <span className={classes.literal}>{String(json.value)}</span>;
  }
}

function copyValue(line: JsonLine) {
  void copy(copyTextOf(line.json), "Value copied");
}

function copyPath(line: JsonLine) {
  void copy(line.path, "Path copied");
}

async function copy(text: string, said: string) {
  await navigator.clipboard.writeText(text);
  notifications.show({ message: said, autoClose: 1200 });
}
