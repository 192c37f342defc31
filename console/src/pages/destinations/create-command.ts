import type { NewDestination } from "~/api/actions";

/** The command that connects the same destination, one `--set` per setting. */
export function createCommand({ sourceId, metadataId, name, settings }: NewDestination): string[] {
  const sets = Object.entries(settings).flatMap(([option, value]) => [
    "--set",
    `${option}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
  return ["destination", "create", "--source", sourceId, "--type", metadataId, "--name", name, ...sets];
}
