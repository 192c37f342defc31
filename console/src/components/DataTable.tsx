import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconCheck, IconColumns, IconCopy, IconDownload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import {
  columnVisibilityFeature,
  constructSortFn,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type KeyboardEvent, type ReactNode, useMemo } from "react";
import { toCsv } from "~/lib/csv";
import classes from "./DataTable.module.css";

/** Numbers by their size, also below zero; everything else as people order names. */
const naturally = constructSortFn({
  sort: (value, than, one, other, column) => (typeof value === "number" && typeof than === "number" ? value - than : sortFn_alphanumeric(one, other, column)),
});

const features = tableFeatures({
  rowSortingFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { naturally },
});

export interface DataColumn<Row> {
  id: string;
  header: string;
  /** What sorting, copying and exporting use. */
  value: (row: Row) => string | number | null | undefined;
  /** How it looks; the value itself unless told. */
  cell?: (row: Row) => ReactNode;
  align?: "start" | "end";
  /** Gives way on a phone. */
  secondary?: boolean;
}

interface DataTableProps<Row> {
  /** Says what the rows are, to people who cannot see the page and in the export's file name. */
  label: string;
  rows: readonly Row[];
  columns: readonly DataColumn<Row>[];
  rowKey: (row: Row) => string;
  /** Makes a row open a page; the first column carries the link. */
  rowLink?: (row: Row) => string;
  /** Makes a row show more on this page; the first column carries the button. */
  rowOpen?: (row: Row) => void;
  /** Controls at a row's end. */
  rowActions?: (row: Row) => ReactNode;
  /** Choosing columns, copying and exporting. Short lists do without. */
  tools?: boolean;
}

/** The one table: sorts, hides columns, copies and exports, and is walked with the arrow keys. */
export function DataTable<Row extends object>({ label, rows, columns, rowKey, rowLink, rowOpen, rowActions, tools = false }: DataTableProps<Row>) {
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const table = useTable({
    features,
    data: rows as Row[],
    columns: useMemo(
      () =>
        columns.map((column) => ({
          id: column.id,
          header: column.header,
          accessorFn: (row: Row) => column.value(row) ?? undefined,
          sortFn: "naturally" as const,
          sortUndefined: "last" as const,
        })),
      [columns],
    ),
    getRowId: rowKey,
  });
  const navigate = useNavigate();
  const shown = table.getVisibleLeafColumns().map((column) => byId.get(column.id) as DataColumn<Row>);
  const asText = (separator: "," | "\t") =>
    toCsv(
      [shown.map((column) => column.header), ...table.getRowModel().rows.map((row) => shown.map((column) => column.value(row.original)))],
      separator,
    );

  return (
    <>
      {tools && rows.length > 0 && (
        <div className={classes.toolbar}>
          <ColumnMenu
            columns={table.getAllLeafColumns().map((column) => ({
              id: column.id,
              header: byId.get(column.id)?.header ?? column.id,
              visible: column.getIsVisible(),
              toggle: () => column.toggleVisibility(),
            }))}
          />
          <CopyRows text={() => asText("\t")} />
          <Tooltip label="Export as CSV">
            <ActionIcon variant="default" aria-label="Export as CSV" onClick={() => download(`${label}.csv`, asText(","))}>
              <IconDownload size={15} />
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      <div className={classes.scroll}>
        <table className={classes.table} aria-label={label} onKeyDown={moveBetweenRows}>
          <thead>
            <tr>
              {table.getHeaderGroups()[0]?.headers.map((header) => {
                const column = byId.get(header.column.id) as DataColumn<Row>;
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    className={cellClass(column)}
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                  >
                    <button type="button" className={classes.sort} onClick={header.column.getToggleSortingHandler()}>
                      {column.header}
                      {sorted === "asc" && <IconArrowUp size={12} aria-hidden />}
                      {sorted === "desc" && <IconArrowDown size={12} aria-hidden />}
                    </button>
                  </th>
                );
              })}
              {rowActions && (
                <th>
                  <span className="visually-hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => {
              const link = rowLink?.(row.original);
              return (
                <tr
                  key={row.id}
                  className={link || rowOpen ? classes.opens : undefined}
                  onClick={(event) => {
                    if ((event.target as Element).closest("a,button,input,label")) return;
                    if (link) void navigate({ to: link });
                    rowOpen?.(row.original);
                  }}
                >
                  {shown.map((column, index) => {
                    const content = column.cell ? column.cell(row.original) : (column.value(row.original) ?? "");
                    return (
                      <td key={column.id} className={cellClass(column)}>
                        {link && index === 0 ? (
                          <a
                            href={link}
                            className={classes.rowLink}
                            data-row-link
                            onClick={(event) => {
                              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                              event.preventDefault();
                              void navigate({ to: link });
                            }}
                          >
                            {content}
                          </a>
                        ) : rowOpen && index === 0 ? (
                          <button type="button" className={classes.rowLink} data-row-link onClick={() => rowOpen(row.original)}>
                            {content}
                          </button>
                        ) : (
                          content
                        )}
                      </td>
                    );
                  })}
                  {rowActions && <td className={classes.end}>{rowActions(row.original)}</td>}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function cellClass<Row>(column: DataColumn<Row>): string {
  return [column.align === "end" ? `${classes.end} tabular` : "", column.secondary ? classes.secondary : ""].join(" ").trim();
}

/** Arrow keys step through the rows' links; Enter then follows the link by itself. */
function moveBetweenRows(event: KeyboardEvent<HTMLTableElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!step || !(event.target as Element).matches("[data-row-link]")) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-link]")];
  const next = links[links.indexOf(event.target as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

interface ColumnChoice {
  id: string;
  header: string;
  visible: boolean;
  toggle: () => void;
}

function ColumnMenu({ columns }: { columns: ColumnChoice[] }) {
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Tooltip label="Choose columns">
          <ActionIcon variant="default" aria-label="Choose columns">
            <IconColumns size={15} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map((column) => (
          <Menu.CheckboxItem key={column.id} checked={column.visible} onChange={column.toggle}>
            {column.header}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function CopyRows({ text }: { text: () => string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label={clipboard.copied ? "Copied" : "Copy rows"}>
      <ActionIcon variant="default" aria-label="Copy rows" onClick={() => clipboard.copy(text())}>
        {clipboard.copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

function download(name: string, text: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name.toLowerCase().replaceAll(" ", "-");
  link.click();
  URL.revokeObjectURL(link.href);
}
