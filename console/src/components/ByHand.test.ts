import { expect, it } from "vitest";
import { commandOf, curlOf } from "./ByHand";

it("a value with a quote survives the shell it is pasted into", () => {
  const command = curlOf({ method: "POST", path: "/sources", body: { name: "Ann's shop" } }, "http://localhost:8080");
  expect(command).toBe(
    [
      "curl -X POST 'http://localhost:8080/api/v1/sources' \\",
      '  -H "Authorization: Bearer $PRIMEDATA_TOKEN" \\',
      "  -H 'Content-Type: application/json' \\",
      `  -d '{"name":"Ann'\\''s shop"}'`,
    ].join("\n"),
  );
});

it("the command line quotes only what the shell would take apart", () => {
  expect(commandOf(["source", "create", "shop", "--name", "Ann's shop"])).toBe(`primedata source create shop --name 'Ann'\\''s shop'`);
});
