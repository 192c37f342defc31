import { useMemo } from "react";
import { keyOf, type Rules, type TypeRule } from "~/api/rules";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { identifierIcon } from "~/components/identifier-icon";
import { Words } from "~/components/Words";
import { formatCount } from "~/lib/format";
import classes from "./IdentityPage.module.css";
import { blockedInWords, limitInWords, readingInWords } from "./rule-words";
import { byPriority } from "./rules-draft";

interface TypeTableProps {
  rules: Rules;
  /** What is in force: types that are different from it say so. */
  base: Rules;
  onOpen: (rule: TypeRule) => void;
}

export function TypeTable({ rules, base, onOpen }: TypeTableProps) {
  const rows = useMemo(() => byPriority(rules.types), [rules]);
  const columns = useMemo(() => columnsOf(base), [base]);
  return <DataTable label="Types of identifiers" rows={rows} columns={columns} rowKey={keyOf} rowOpen={onOpen} />;
}

function columnsOf(base: Rules): DataColumn<TypeRule>[] {
  const known = new Map(base.types.map((rule) => [keyOf(rule), JSON.stringify(rule)]));
  const state = (rule: TypeRule) => (known.get(keyOf(rule)) === JSON.stringify(rule) ? null : known.has(keyOf(rule)) ? "changed" : "new");
  return [
    {
      id: "type",
      header: "Type",
      value: (rule) => rule.type,
      cell: (rule) => {
        const Shown = identifierIcon(rule.type);
        return (
          <span style={{ display: "inline-flex", alignItems: "center", gap: 8, verticalAlign: "middle" }}>
            <Shown size={15} stroke={1.8} color="var(--mantine-color-dimmed)" style={{ flex: "none" }} aria-hidden />
            <span className="mono">{rule.type}</span>
            {state(rule) && <span className={classes.changed}>{state(rule)}</span>}
          </span>
        );
      },
    },
    { id: "priority", header: "Priority", value: (rule) => rule.priority, align: "end" },
    { id: "limit", header: "One profile has at most", value: (rule) => limitInWords(rule.limit) },
    { id: "read", header: "Read from", value: (rule) => readingInWords(rule.read), cell: (rule) => <Words>{readingInWords(rule.read)}</Words>, secondary: true },
    { id: "collection", header: "Names", value: (rule) => (rule.collection === "accounts" ? "accounts" : "people"), secondary: true },
    {
      id: "blocked",
      header: "Blocked",
      value: (rule) => rule.blocked.exact.length + rule.blocked.patterns.length,
      cell: (rule) => <span title={blockedInWords(rule.blocked)}>{formatCount(rule.blocked.exact.length + rule.blocked.patterns.length)}</span>,
      align: "end",
      secondary: true,
    },
    { id: "case", header: "Spelling", value: (rule) => (rule.lower_case ? "lower case" : "as it is"), secondary: true },
  ];
}
