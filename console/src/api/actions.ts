import { api, dataOf } from "./client";
import type { DeliveryRules, Role, Scope, Source, WriteKey } from "./model";

const path = <P extends Record<string, string>>(parameters: P) => ({ params: { path: parameters } });

export const signIn = (email: string, password: string) =>
  dataOf(api.POST("/session", { body: { email, password } }));
export const signOut = () => dataOf(api.DELETE("/session"));
export const redeemSetup = (body: { token: string; email: string; name: string; password: string; workspaceName?: string }) =>
  dataOf(api.POST("/setup", { body }));
export const updateAccount = (body: { name?: string; currentPassword?: string; newPassword?: string }) =>
  dataOf(api.PATCH("/session/account", { body }));
export const renameWorkspace = async (name: string) =>
  (await dataOf(api.PATCH("/workspace", { body: { name } }))).workspace;

export interface NewSource {
  slug: string;
  name: string;
  enabled: boolean;
  metadataId: string;
  disconnectArchive: boolean;
}
export const createSource = async (body: NewSource) => (await dataOf(api.POST("/sources", { body }))).source;
export const updateSource = async (
  id: string,
  body: { name?: string; enabled?: boolean; slug?: string; settings?: Source["settings"] },
) => (await dataOf(api.PATCH("/sources/{sourceId}", { ...path({ sourceId: id }), body }))).source;
export const deleteSource = (id: string) => dataOf(api.DELETE("/sources/{sourceId}", path({ sourceId: id })));
export const addWriteKey = (id: string) => dataOf(api.POST("/sources/{sourceId}/writekey", path({ sourceId: id })));
export const setWriteKeyEnabled = (id: string, key: WriteKey["key"], enabled: boolean) =>
  dataOf(api.PATCH("/sources/{sourceId}/writekey/{writeKey}", { ...path({ sourceId: id, writeKey: key }), body: { enabled } }));
export const deleteWriteKey = (id: string, key: WriteKey["key"]) => dataOf(api.DELETE("/sources/{sourceId}/writekey/{writeKey}", path({ sourceId: id, writeKey: key })));

export interface NewDestination {
  sourceId: string;
  metadataId: string;
  name: string;
  enabled: boolean;
  settings: Record<string, unknown>;
  delivery?: DeliveryRules;
}
export const createDestination = async (body: NewDestination) =>
  (await dataOf(api.POST("/destinations", { body }))).destination;
export const updateDestination = async (
  id: string,
  body: { name?: string; enabled?: boolean; settings?: Record<string, unknown>; delivery?: DeliveryRules },
) => (await dataOf(api.PATCH("/destinations/{destinationId}", { ...path({ destinationId: id }), body }))).destination;
export const deleteDestination = (id: string) => dataOf(api.DELETE("/destinations/{destinationId}", path({ destinationId: id })));
export const testDestination = (id: string) =>
  dataOf(api.POST("/destinations/{destinationId}/test", { ...path({ destinationId: id }), body: {} }));

export const createToken = (name: string, scopes: Scope[]) =>
  dataOf(api.POST("/tokens", { body: { name, scopes } }));
export const deleteToken = (id: string) => dataOf(api.DELETE("/tokens/{tokenId}", path({ tokenId: id })));

export const createInvite = (email: string, role: Role) =>
  dataOf(api.POST("/invites", { body: { email, role } }));
export const deleteInvite = (id: string) => dataOf(api.DELETE("/invites/{inviteId}", path({ inviteId: id })));
export const removeMember = (id: string) => dataOf(api.DELETE("/users/{userId}", path({ userId: id })));

export const createOauthApp = (name: string, publicKey: string) =>
  dataOf(api.POST("/oauth-apps", { body: { name, publicKey } }));
export const addOauthKey = (id: string, publicKey: string) =>
  dataOf(api.POST("/oauth-apps/{appId}/keys", { ...path({ appId: id }), body: { publicKey } }));
export const deleteOauthKey = (id: string, kid: string) => dataOf(api.DELETE("/oauth-apps/{appId}/keys/{keyId}", path({ appId: id, keyId: kid })));
export const deleteOauthApp = (id: string) => dataOf(api.DELETE("/oauth-apps/{appId}", path({ appId: id })));
