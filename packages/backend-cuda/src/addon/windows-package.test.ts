import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** `scripts/build-windows.ts`, which is no part of the package's sources. */
interface WindowsBuild {
  windowsCompiler(): string | null;
  writeWindowsPackage(folder: string): void;
}
const script = fileURLToPath(new URL('../../scripts/build-windows.ts', import.meta.url));
const { windowsCompiler, writeWindowsPackage } = (await import(script)) as WindowsBuild;

const hasCompiler = windowsCompiler() !== null;
if (!hasCompiler) {
  process.stderr.write('not run: the package for Windows (MinGW-w64 not installed)\n');
}

describe.runIf(hasCompiler)('the package for Windows', () => {
  test('is built by its recipe, with an addon that needs nothing but the system and node.exe', () => {
    const folder = mkdtempSync(join(tmpdir(), 'convnet-win32-'));
    try {
      writeWindowsPackage(folder);
      const json = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
      expect(json).toMatchObject({
        name: '@convnet/backend-cuda-win32-x64',
        os: ['win32'],
        cpu: ['x64'],
        files: ['dist', 'native'],
      });
      expect(json).not.toHaveProperty('libc');
      expect(json).not.toHaveProperty('scripts.install');
      const manifest = JSON.parse(readFileSync(join(folder, 'native/manifest.json'), 'utf8')) as {
        files: Record<string, string>;
      };
      expect(Object.keys(manifest.files)).toContain('kernels/elements-fill.fatbin');
      const addon = readFileSync(join(folder, 'native/convnet-cuda.node'));
      // A program of Windows: 'MZ', and for x64 at the place that stands at 0x3c.
      expect(addon.subarray(0, 2).toString()).toBe('MZ');
      const header = addon.readUInt32LE(0x3c);
      expect(addon.readUInt32LE(header)).toBe(0x4550);
      expect(addon.readUInt16LE(header + 4)).toBe(0x8664);
      const text = addon.toString('latin1');
      expect(text).toContain('napi_register_module_v1');
      const needed = new Set(
        (text.match(/[\w.-]+\.(?:dll|exe)\b/gi) ?? []).map((name) => name.toLowerCase()),
      );
      expect(needed).toContain('node.exe');
      for (const name of needed)
        expect(name).not.toMatch(/libstdc|libgcc|winpthread|cuda|cudnn|cublas/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
