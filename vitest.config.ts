import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['{packages,benchmarks,datasets,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/target/**'],
    // Kernels use worker threads of their own: a test file gets a process, so that it owns its threads.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});

export default config;
