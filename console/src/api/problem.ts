/** What the server refused, in its own words: a sentence with its remedy, the code to search for, and the field it is about. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = "ApiProblem";
  }
}

interface ErrorBody {
  errors?: { type?: string; message?: string; field?: string | null }[];
}

/** Turns a refused answer into a problem; an answer that is not ours (a proxy's page, an empty body) gets a sentence too. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const first = typeof body === "object" && body !== null ? (body as ErrorBody).errors?.[0] : undefined;
  const retryAfter = Number(response.headers.get("retry-after"));
  return new ApiProblem(
    response.status,
    first?.type ?? `http-${response.status}`,
    first?.message ?? `The server answered ${response.status} without an explanation. Its log says more.`,
    first?.field ?? undefined,
    retryAfter > 0 ? retryAfter : undefined,
  );
}

export function offlineProblem(): ApiProblem {
  return new ApiProblem(0, "unreachable", "The PrimeData server cannot be reached. Check that it is running and that this computer is connected, then try again.");
}

export function problemFrom(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) return offlineProblem();
  return new ApiProblem(0, "console", error instanceof Error ? error.message : String(error));
}
