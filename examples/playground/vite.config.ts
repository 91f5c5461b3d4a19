import { defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * What the page may load: its own files and nothing else. Styles and scripts within the page are refused too;
 * WebAssembly is allowed by name, and pictures may be part of an address.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the page that is built. The development server's own scripts would not pass. */
function withPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** What threads need; the page works without. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

// Layers are called by the names of their classes, which minifying would take: `keepNames`.
const config: UserConfig = defineConfig({
  // The page may lie in any folder of a server.
  base: './',
  plugins: [withPolicy()],
  worker: { format: 'es', rolldownOptions: { output: { keepNames: true } } },
  // Binaries as files of their own, which are compiled while they come, and no `data:` scripts.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { headers: isolation },
  preview: { headers: isolation },
});

export default config;
