import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'tsdown';
import { guardTraining } from './scripts/inference/guards.ts';

/** The fields of package.json that say what to build. */
interface PackageJson {
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * One build for every package: the files that `exports` and `bin` name, module by module, so that `src/a/b.ts`
 * becomes `dist/a/b.js`. tsdown runs in the folder of the package.
 */
const {
  version,
  exports,
  bin = {},
} = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;

/**
 * The build rewrites `using`, which then looks for `Symbol.for('Symbol.dispose')` in engines that have no
 * `Symbol.dispose`. Classes have to define it there too, and their types bring the library that names the symbol.
 */
const disposeSymbols = {
  name: 'dispose-symbols',
  renderChunk(code: string, { fileName }: { readonly fileName: string }): string | null {
    // A program may bring the symbols later than these classes: what they are disposed of by is looked for under both names.
    const lookUp = /(\w+)\[Symbol\.(\w+) \|\| Symbol\["for"\]\("Symbol\.\2"\)\]/g;
    if (lookUp.test(code)) {
      return code.replaceAll(
        lookUp,
        (_, value, name) =>
          `(${value}[Symbol.${name}] ?? ${value}[Symbol["for"]("Symbol.${name}")])`,
      );
    }
    const key = /\[Symbol\.(dispose|asyncDispose)\]/g;
    if (!key.test(code)) return null;
    if (fileName.endsWith('.d.ts')) return `/// <reference lib="esnext.disposable" />\n${code}`;
    return code.replaceAll(key, (_, name) => `[Symbol.${name} ?? Symbol.for('Symbol.${name}')]`);
  },
};

/** `version.ts` of a package says which one it is, so that two copies in one program can be told apart. */
const packageVersion = {
  name: 'package-version',
  renderChunk(code: string, { fileName }: { readonly fileName: string }): string | null {
    return fileName === 'version.js' ? code.replace('unreleased', version) : null;
  },
};

/** Bundlers of applications that only infer may leave training out. */
const inferenceGuards = {
  name: 'inference-guards',
  renderChunk(code: string, { fileName }: { readonly fileName: string }): string | null {
    return fileName.endsWith('.js') ? guardTraining(code) : null;
  },
};

const config: UserConfig = defineConfig({
  cwd: process.cwd(),
  entry: [...Object.values(exports), ...Object.values(bin)].filter((file) => file.endsWith('.ts')),
  format: 'esm',
  platform: 'neutral',
  // Node 20 has neither `using` nor `await using`; the build rewrites them. Of the rest of es2022 the oldest browsers
  // with SIMD in WebAssembly lack static blocks, which check-packages.ts looks for, and Firefox 89 private methods. What
  // they lack of the standard library is kept out by tsconfig.engines.json.
  target: 'es2022',
  plugins: [disposeSymbols, packageVersion, inferenceGuards],
  unbundle: true,
  root: 'src',
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  tsconfig: join(import.meta.dirname, 'tsconfig.json'),
});

export default config;
