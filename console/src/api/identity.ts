import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "./client";
import type { Operation } from "./model";
import { PEOPLE_KEY } from "./people";
import type { Rules } from "./rules";

const OPERATIONS_PAGE = 50;

export const identityQuery = queryOptions({
  queryKey: [...PEOPLE_KEY, "identity"],
  queryFn: async () => (await dataOf(api.GET("/identity"))).identity,
  refetchInterval: 5_000,
});

export const hairballsQuery = queryOptions({
  queryKey: [...PEOPLE_KEY, "hairballs"],
  queryFn: () => dataOf(api.GET("/identity/hairballs")),
});

export const operationsQuery = infiniteQueryOptions({
  queryKey: [...PEOPLE_KEY, "operations"],
  queryFn: ({ pageParam }) =>
    dataOf(api.GET("/identity/operations", { params: { query: { "pagination[count]": OPERATIONS_PAGE, "pagination[cursor]": pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.pagination.next ?? undefined,
  placeholderData: keepPreviousData,
});

export const previewOperation = async (operation: Operation) =>
  (await dataOf(api.POST("/identity/operations/preview", { body: { operation } }))).preview;

export const carryOut = async (operation: Operation, reason: string, fingerprint: string) =>
  (await dataOf(api.POST("/identity/operations", { body: { operation, reason, fingerprint } }))).operation;

export interface RulesInForce {
  version: number;
  rules: Rules;
}

const rulesOf = (answer: { version: number; rules: unknown }): RulesInForce => ({ version: answer.version, rules: answer.rules as Rules });
const bodyOf = (rules: Rules) => rules as unknown as Record<string, unknown>;

export const rulesQuery = queryOptions({
  queryKey: [...PEOPLE_KEY, "rules"],
  queryFn: async () => rulesOf(await dataOf(api.GET("/identity/rules"))),
});

export const rulesVersionsQuery = queryOptions({
  queryKey: [...PEOPLE_KEY, "rules", "versions"],
  queryFn: async () => (await dataOf(api.GET("/identity/rules/versions"))).versions,
});

export const rulesVersionQuery = (version: number) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, "rules", "versions", version],
    queryFn: async () => rulesOf(await dataOf(api.GET("/identity/rules/versions/{version}", { params: { path: { version: String(version) } } }))),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What is wrong with rules, each in a sentence. */
export const rulesProblemsQuery = (rules: Rules) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, "rules", "problems", rules],
    queryFn: async () => (await dataOf(api.POST("/identity/rules/validate", { body: { rules: bodyOf(rules) } }))).problems,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const previewRules = async (rules: Rules) => (await dataOf(api.POST("/identity/rules/preview", { body: { rules: bodyOf(rules) } }))).preview;

export const applyRules = async (rules: Rules, expectedVersion: number) =>
  rulesOf(await dataOf(api.PUT("/identity/rules", { body: { rules: bodyOf(rules), expectedVersion } })));

export const rollBackRules = async (version: number) => rulesOf(await dataOf(api.POST("/identity/rules/rollback", { body: { version } })));

export const profileTokensQuery = queryOptions({
  queryKey: ["profile-tokens"],
  queryFn: async () => (await dataOf(api.GET("/profile-tokens", { params: { query: { "pagination[count]": 200 } } }))).tokens,
});
export const createProfileToken = (name: string) => dataOf(api.POST("/profile-tokens", { body: { name } }));
export const deleteProfileToken = (id: string) => dataOf(api.DELETE("/profile-tokens/{profileTokenId}", { params: { path: { profileTokenId: id } } }));

export const personSecretsQuery = queryOptions({
  queryKey: ["person-token-secrets"],
  queryFn: async () => (await dataOf(api.GET("/person-token-secrets"))).secrets,
});
export const createPersonSecret = () => dataOf(api.POST("/person-token-secrets"));
export const deletePersonSecret = (id: string) => dataOf(api.DELETE("/person-token-secrets/{secretId}", { params: { path: { secretId: id } } }));
export const createPersonToken = (profile: string, resources: string[]) => dataOf(api.POST("/person-tokens", { body: { profile, resources } }));
