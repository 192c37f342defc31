import { describe, expect, it } from "vitest";
import { browserSnippet, SNIPPETS, snippetFor, snippetTarget } from ".";

const plain = snippetTarget("http://localhost:8080", "KEY0123456789");
const secure = snippetTarget("https://events.example.com", "KEY0123456789");
const code = (id: string, target = secure) => SNIPPETS.find((snippet) => snippet.id === id)?.use(target).code ?? "";

describe("snippets", () => {
  it("every one carries our host and the write key, and nobody else's host", () => {
    for (const snippet of SNIPPETS) {
      const text = snippet.use(secure).code;
      expect(text, snippet.id).toContain("KEY0123456789");
      expect(text, snippet.id).toContain("events.example.com");
      expect(text, snippet.id).not.toMatch(/segment\.(io|com)\//);
    }
  });

  it("libraries that add the path themselves get the bare host, the others get it with /v1", () => {
    for (const id of ["node", "python", "go", "java", "net"]) expect(code(id), id).not.toContain("example.com/v1");
    for (const id of ["npm", "swift", "kotlin", "react-native"]) expect(code(id), id).toContain("events.example.com/v1");
  });

  it("libraries that put the scheme themselves get none, and say when that cannot work", () => {
    for (const id of ["php", "swift", "kotlin"]) {
      expect(code(id), id).not.toContain("https://events");
      const snippet = SNIPPETS.find((each) => each.id === id);
      expect(snippet?.note?.(secure), id).toBeUndefined();
      expect(snippet?.note?.(plain), id).toContain("TLS");
    }
  });

  it("a plain http host keeps its scheme and port where the library can use it", () => {
    expect(code("npm", plain)).toContain('protocol: "http"');
    expect(code("ruby", plain)).toMatch(/host: "localhost",\s+port: 8080,\s+ssl: false/);
    expect(code("ruby")).toMatch(/port: 443,\s+ssl: true/);
  });

  it("each kind of source opens at its own snippet", () => {
    for (const id of ["node", "python", "go", "java", "ruby", "php", "net", "swift", "kotlin", "react-native"]) expect(snippetFor(id)).toBe(id);
    expect(snippetFor("javascript")).toBe("browser");
    expect(snippetFor("http-api")).toBe("curl");
  });

  it("the browser loader keeps calls made before analytics.js has come, and passes later ones on", () => {
    const page = { analytics: undefined as unknown as (unknown[] & Record<string, (...args: unknown[]) => unknown>) };
    const script = browserSnippet(secure).replace(/<\/?script>/g, "").replace("(window,", "(page,");
    const appended: { src?: string }[] = [];
    const document = { createElement: () => ({}), head: { appendChild: (node: { src?: string }) => appended.push(node) } };
    new Function("page", "document", script)(page, document);
    const stub = page.analytics;
    stub.track?.("Bought", { total: 1 });
    expect([...stub]).toEqual([["page"], ["track", "Bought", { total: 1 }]]);
    expect(appended[0]?.src).toBe("https://events.example.com/analytics.js/v1/KEY0123456789/analytics.min.js");

    const passed: unknown[] = [];
    page.analytics = Object.assign([], { track: (...args: unknown[]) => passed.push(args) }) as unknown as typeof stub;
    stub.track?.("Later");
    expect(passed).toEqual([["Later"]]);
  });
});
