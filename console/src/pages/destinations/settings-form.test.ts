import { describe, expect, it } from "vitest";
import type { DestinationOption } from "~/api/model";
import { appliesTo, initialValues, missingSettings, SECRET_MASK, settingsOf } from "./settings-form";

const option = (name: string, declared: Partial<DestinationOption> = {}): DestinationOption => ({
  name,
  label: name,
  type: "string",
  required: false,
  description: "",
  secret: false,
  choices: [],
  ...declared,
});

const webhook = {
  id: "webhook",
  options: [
    option("url", { required: true }),
    option("method", { type: "select", defaultValue: "POST" }),
    option("headers", { type: "map" }),
    option("sharedSecret", { type: "password", secret: true }),
  ],
};

describe("a form made from a destination's options", () => {
  it("starts with the defaults, and with what is set", () => {
    expect(initialValues(webhook.options)).toEqual({ url: "", method: "POST", headers: [], sharedSecret: "" });
    expect(initialValues(webhook.options, { url: "http://a", headers: { A: "1" }, sharedSecret: SECRET_MASK })).toEqual({
      url: "http://a",
      method: "POST",
      headers: [["A", "1"]],
      sharedSecret: SECRET_MASK,
    });
  });

  it("sends only what has a value, with header names trimmed and empty rows left out", () => {
    expect(settingsOf(webhook, { url: " http://a ", method: "POST", headers: [[" A ", "1"], ["", "x"]], sharedSecret: "" })).toEqual({
      url: "http://a",
      method: "POST",
      headers: { A: "1" },
    });
  });

  it("takes back a setting that had a value, and leaves a masked secret unchanged", () => {
    expect(
      settingsOf(webhook, { url: "http://a", method: "PUT", headers: [], sharedSecret: SECRET_MASK }, { headers: { A: "1" }, sharedSecret: SECRET_MASK }),
    ).toEqual({ url: "http://a", method: "PUT", headers: null, sharedSecret: SECRET_MASK });
  });

  it("names the required settings that are missing", () => {
    expect(missingSettings(webhook, initialValues(webhook.options))).toEqual(["url"]);
  });

  it("asks for a bucket only when files go to a bucket", () => {
    expect(appliesTo("archive", "bucket", { location: "local" })).toBe(false);
    expect(appliesTo("archive", "bucket", { location: "s3" })).toBe(true);
    expect(appliesTo("archive", "prefix", { location: "local" })).toBe(true);
  });
});
