import { createPrimeDataClient, type PrimeDataClient } from "@primedata/api-client";
import { offlineProblem, problemOf } from "./problem";

/** Same origin as the page. The header proves to the server that a script of this console asked, not a foreign form. */
export const api: PrimeDataClient = createPrimeDataClient({ headers: { "X-PrimeData-Csrf": "1" } });

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The `data` of an answer; throws an `ApiProblem` for a refused or failed call. */
export async function dataOf<Data>(call: Promise<Answer<{ data: Data }>>): Promise<Data> {
  const answer = await call.catch(() => {
    throw offlineProblem();
  });
  if (!answer.response.ok || answer.data === undefined) throw problemOf(answer.response, answer.error);
  return answer.data.data;
}

/** The whole answer as text, for payloads whose numbers must stay exact. */
export async function textOf(call: Promise<Answer<unknown>>): Promise<string> {
  const answer = await call.catch(() => {
    throw offlineProblem();
  });
  if (!answer.response.ok || answer.data === undefined) throw problemOf(answer.response, answer.error);
  return String(answer.data);
}
