import { problemFrom } from "~/api/problem";

/** A refusal about one setting, by that setting's name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const problem = problemFrom(error);
  const option = problem.field?.match(/^settings\.([^.[]+)/)?.[1];
  return option ? { [option]: problem.message } : {};
}
