import { defineConfig } from "vitest/config";

export default defineConfig({
  // The same condition in every resolver: tests read the sources, never a stale build.
  resolve: { conditions: ["palimpsest-source"] },
  ssr: { resolve: { conditions: ["palimpsest-source"], externalConditions: ["palimpsest-source"] } },
  esbuild: { target: "es2022", jsx: "automatic", jsxImportSource: "preact" },
  test: {
    include: ["packages/*/{src,test}/**/*.test.{ts,tsx}", "test/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: "test/global-setup.ts",
    // The files of a worker share its modules: importing them again for each file takes a third of the CPU time.
    isolate: false,
    // One more than vitest's default, since many tests wait for other processes.
    maxWorkers: "100%",
    // Generous: many tests run several processes, and the machine may be busy with others.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", "./scripts/tally-reporter.mjs"],
  },
});
