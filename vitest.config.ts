import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfigFnObject } from "vitest/config";

/** `vitest run --mode long` runs the long forms of tests too: matrices, fuzzing, killed processes. */
const config: ViteUserConfigFnObject = defineConfig(({ mode }) => ({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    env: mode === "long" ? { LONG: "1", PARITY: "all" } : {},
    testTimeout: mode === "long" ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
    // What is waited for comes late where a machine does other things, too.
    expect: { poll: { timeout: 30_000 } },
    // On two cores vitest would use one, though half of the time is spent in processes that tests start.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
}));

export default config;
