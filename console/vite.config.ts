import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { licenses } from "./build/licenses.ts";

const server = process.env.PRIMEDATA_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), licenses()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": server, "/v1": server, "/analytics.js": server } },
  build: {
    target: "es2022",
    sourcemap: false,
    // Everything is embedded in the server's binary, so small images and fonts stay files with a name that is cached for good.
    assetsInlineLimit: 0,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.ts"],
    setupFiles: ["src/test-setup.ts"],
    // For what hangs; a machine that does much else is no failure.
    testTimeout: 60_000,
  },
});
