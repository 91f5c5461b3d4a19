import type { Browser, Page } from 'playwright-core';

import type { SampledKernel } from '../kernels/time-in-samples.ts';
import type { PageInference, PageLibrary } from './page-inference.ts';
import type { Accelerator, PageLibraryName } from './page-session.ts';
import { libraryFolder, pageScript, servePage } from './serve-page.ts';
import type { StaticServer } from './static-server.ts';

/** The functions of `page.ts`. */
interface PageModule {
  open(threads: number, backend: Accelerator): Promise<{ name: string; isolated: boolean }>;
  hasGpu(): Promise<boolean>;
  time(kernel: number, milliseconds: number): Promise<SampledKernel>;
  infer(
    network: string,
    threads: number,
    libraries: readonly PageLibrary[],
  ): Promise<PageInference>;
}

/** A page that times kernels. */
export class BenchPage implements AsyncDisposable {
  readonly #server: StaticServer;
  readonly #page: Page;
  /** What the device in the page calls itself. */
  readonly device: string;

  private constructor(server: StaticServer, page: Page, device: string) {
    this.#server = server;
    this.#page = page;
    this.device = device;
  }

  /**
   * @param folder what `bundlePage` made.
   * @throws Error where the page is not isolated as it should be, or is.
   */
  static async open(
    browser: Browser,
    folder: string,
    isolated: boolean,
    threads: number,
    backend: Accelerator = 'wasm',
  ): Promise<BenchPage> {
    const server = await servePage(folder, isolated);
    const page = await browser.newPage();
    await page.goto(server.url);
    const opened = await page.evaluate(
      async ([script, count, name]) => {
        const { open } = (await import(script)) as PageModule;
        return open(count, name);
      },
      [new URL(pageScript, server.url).href, threads, backend] as const,
    );
    if (opened.isolated !== isolated) {
      throw new Error(`expected crossOriginIsolated to be ${isolated} in the page`);
    }
    return new BenchPage(server, page, opened.name);
  }

  /** Whether Chromium has a GPU for its pages. */
  hasGpu(): Promise<boolean> {
    return this.#page.evaluate(
      async (script) => ((await import(script)) as PageModule).hasGpu(),
      new URL(pageScript, this.#server.url).href,
    );
  }

  time(kernel: number, milliseconds: number): Promise<SampledKernel> {
    return this.#page.evaluate(
      async ([script, index, length]) => {
        const { time } = (await import(script)) as PageModule;
        return time(index, length);
      },
      [new URL(pageScript, this.#server.url).href, kernel, milliseconds] as const,
    );
  }

  /** Runs a network in turns with libraries that were added to the folder. */
  infer(
    network: string,
    threads: number,
    libraries: readonly PageLibraryName[],
  ): Promise<PageInference> {
    const places = libraries.map((name) => ({
      name,
      url: new URL(libraryFolder(name), this.#server.url).href,
    }));
    return this.#page.evaluate(
      async ([script, name, count, found]) => {
        const { infer } = (await import(script)) as PageModule;
        return infer(name, count, found);
      },
      [new URL(pageScript, this.#server.url).href, network, threads, places] as const,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
    await this.#server[Symbol.asyncDispose]();
  }
}
