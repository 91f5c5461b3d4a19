import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['{packages,benchmarks,datasets,examples,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/target/**'],
    // Kernels use worker threads of their own: a test file gets a process, so that it owns its threads.
    pool: 'forks',
    maxWorkers: 2,
    // Only a hang may reach these. Beside other work the longest tests take many times what they take alone, so no test
    // has a limit of its own, and none asserts how long something took.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

export default config;
