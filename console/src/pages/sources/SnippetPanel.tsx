import { Select, Stack } from "@mantine/core";
import { CodeBlock } from "~/components/CodeBlock";
import { Sentence } from "~/components/Sentence";
import { SNIPPETS, snippetTarget } from "~/snippets";
import classes from "./SnippetPanel.module.css";

interface SnippetPanelProps {
  writeKey: string;
  selected: string;
  onSelect: (id: string) => void;
}

const GROUPS = ["Web", "Server", "Mobile", "By hand"] as const;

/** What to paste so that events arrive here, for each library, with this server's address and the write key already in. */
export function SnippetPanel({ writeKey, selected, onSelect }: SnippetPanelProps) {
  const snippet = SNIPPETS.find((each) => each.id === selected) ?? SNIPPETS[0];
  if (!snippet) return null;
  const target = snippetTarget(window.location.origin, writeKey);
  const install = snippet.install?.(target);
  const use = snippet.use(target);
  const note = snippet.note?.(target);
  return (
    <div className={classes.panel}>
      <div className={classes.choices} role="radiogroup" aria-label="Library">
        {GROUPS.map((group) => (
          <div key={group} className={classes.group}>
            <div className={classes.groupName}>{group}</div>
            {SNIPPETS.filter((each) => each.group === group).map((each) => (
              <label key={each.id} className={classes.choice} data-checked={each.id === snippet.id || undefined}>
                <input type="radio" name="library" className="visually-hidden" checked={each.id === snippet.id} onChange={() => onSelect(each.id)} />
                {each.label}
              </label>
            ))}
          </div>
        ))}
      </div>
      <Select
        className={classes.select}
        label="Library"
        allowDeselect={false}
        data={GROUPS.map((group) => ({
          group,
          items: SNIPPETS.filter((each) => each.group === group).map((each) => ({ value: each.id, label: each.label })),
        }))}
        value={snippet.id}
        onChange={(id) => id && onSelect(id)}
      />
      <Stack gap="sm" style={{ minWidth: 0 }}>
        {note && <Sentence tone="warn" reason={note} />}
        {install && <CodeBlock title={install.title} code={install.code} showTitle />}
        <CodeBlock title={use.title} code={use.code} showTitle />
      </Stack>
    </div>
  );
}
