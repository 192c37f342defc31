import { problemFrom } from "~/api/problem";

/** A refusal about one setting, or one of the rules of delivery, by its name. */
export function fieldErrors(error: unknown, of: "settings" | "delivery" = "settings"): Record<string, string> {
  const problem = problemFrom(error);
  const [, part, option] = problem.field?.match(/^(\w+)\.([^.[]+)/) ?? [];
  return option && part === of ? { [option]: problem.message } : {};
}
