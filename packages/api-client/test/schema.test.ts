import { readFile } from "node:fs/promises";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

const document = new URL("../../../api/openapi.json", import.meta.url);
const types = new URL("../src/schema.d.ts", import.meta.url);

it("the generated types say what api/openapi.json says", async () => {
  const fresh = COMMENT_HEADER + astToString(await openapiTS(document));
  expect(await readFile(types, "utf8"), "run `npm run generate -w packages/api-client`").toBe(fresh);
}, 60_000);
