import { defineConfig } from "vitest/config";

export default defineConfig({
  // The same condition in every resolver: tests read the sources, never a stale build.
  resolve: { conditions: ["palimpsest-source"] },
  ssr: { resolve: { conditions: ["palimpsest-source"], externalConditions: ["palimpsest-source"] } },
  esbuild: { target: "es2022", jsx: "automatic", jsxImportSource: "preact" },
  test: {
    include: ["packages/*/src/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    globalSetup: "test/postgres-global.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "./scripts/tally-reporter.mjs"],
  },
});
