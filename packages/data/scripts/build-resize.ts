/**
 * Builds the resize kernels of `rust` into `src/image/ops/resize-binary.ts`. Needs rustc with the sources of its library and
 * wasm-ld (Debian: rustc-web, cargo-web, rust-web-src, lld), or rustup's wasm32 target.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const crate = join(import.meta.dirname, '../rust');
const output = join(import.meta.dirname, '../src/image/ops/resize-binary.ts');
const target = process.env['CARGO_TARGET_DIR'] ?? mkdtempSync(join(tmpdir(), 'convnet-resize-'));
try {
  execFileSync(
    process.env['CARGO'] ?? 'cargo',
    ['build', '--release', '--target', 'wasm32-unknown-unknown', '-Zbuild-std=core'],
    {
      cwd: crate,
      stdio: 'inherit',
      env: {
        ...process.env,
        CARGO_TARGET_DIR: target,
        RUSTC_BOOTSTRAP: '1',
        RUSTFLAGS: '-C target-feature=+simd128,+bulk-memory',
      },
    },
  );
  const binary = readFileSync(join(target, 'wasm32-unknown-unknown/release/convnet_resize.wasm'));
  const source = createHash('sha256')
    .update(readFileSync(join(crate, 'src/lib.rs')))
    .digest('hex');
  writeFileSync(
    output,
    `/** Built from \`rust/src/lib.rs\` by \`scripts/build-resize.ts\`; \`source\` is the SHA-256 of that file. */\n` +
      `export const resizeBinary: { readonly source: string; readonly base64: string } = {\n` +
      `  source: '${source}',\n  base64:\n    '${binary.toString('base64')}',\n};\n`,
  );
  console.log(`resize kernels: ${binary.length} bytes`);
} finally {
  if (process.env['CARGO_TARGET_DIR'] === undefined) rmSync(target, { recursive: true });
}
