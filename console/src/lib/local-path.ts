/** A path of this console to go to, never another site: the address it comes from may have been made by a stranger. */
export function localPath(wanted: string | undefined): string {
  if (!wanted?.startsWith("/") || wanted.startsWith("//") || wanted.includes("\\")) return "/";
  const url = new URL(wanted, "http://console.invalid");
  return url.host === "console.invalid" ? url.pathname + url.search + url.hash : "/";
}
