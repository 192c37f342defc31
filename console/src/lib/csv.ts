export type CsvValue = string | number | null | undefined;

/**
 * Rows as separated values by RFC 4180.
 *
 * Text that a spreadsheet would run as a formula is preceded by an apostrophe: event names come from strangers.
 */
export function toCsv(rows: readonly (readonly CsvValue[])[], separator: "," | "\t" = ","): string {
  return rows.map((row) => row.map((value) => field(value, separator)).join(separator)).join("\r\n");
}

function field(value: CsvValue, separator: string): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return text.includes('"') || text.includes(separator) || /[\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
