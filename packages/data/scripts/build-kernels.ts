/**
 * Builds the kernels of `rust` into TypeScript files: those that resize into `src/image/ops`, the JPEG decoder into
 * `src/image/decode/jpeg`. Needs rustc with the sources of its library and wasm-ld (Debian: rustc-web, cargo-web, rust-web-src,
 * lld), or rustup's wasm32 target.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceHash } from '../src/image/testing/kernel-source.ts';

/** Crates with the file each becomes, and the name it has there. */
const outputs = {
  resize: { file: 'ops/resize-binary.ts', name: 'resizeBinary' },
  jpeg: { file: 'decode/jpeg/jpeg-binary.ts', name: 'jpegBinary' },
} as const;

const workspace = join(import.meta.dirname, '../rust');
const target = process.env['CARGO_TARGET_DIR'] ?? mkdtempSync(join(tmpdir(), 'convnet-pictures-'));
try {
  execFileSync(
    process.env['CARGO'] ?? 'cargo',
    ['build', '--release', '--target', 'wasm32-unknown-unknown', '-Zbuild-std=core'],
    {
      cwd: workspace,
      stdio: 'inherit',
      env: {
        ...process.env,
        CARGO_TARGET_DIR: target,
        RUSTC_BOOTSTRAP: '1',
        RUSTFLAGS: '-C target-feature=+simd128,+bulk-memory',
      },
    },
  );
  for (const [crate, { file, name }] of Object.entries(outputs)) {
    const built = join(target, `wasm32-unknown-unknown/release/convnet_${crate}.wasm`);
    const binary = readFileSync(built);
    writeFileSync(
      join(import.meta.dirname, '../src/image', file),
      `/** Built from \`rust/${crate}\` by \`scripts/build-kernels.ts\`; \`source\` is the SHA-256 of the files in its \`src\`. */\n` +
        `export const ${name}: { readonly source: string; readonly base64: string } = {\n` +
        `  source: '${sourceHash(crate)}',\n  base64:\n    '${binary.toString('base64')}',\n};\n`,
    );
    console.log(`${crate}: ${binary.length} bytes`);
  }
} finally {
  if (process.env['CARGO_TARGET_DIR'] === undefined) rmSync(target, { recursive: true });
}
