import assert from 'node:assert/strict';

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { longest } from '../chromium.ts';

/** The playground, opened as a visitor does, with an eye on what it does behind the scenes. */
export class Visit implements AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page did not handle, and what its policy refused. */
  readonly troubles: string[] = [];
  /** Addresses that anything of the page asked for. */
  readonly requests: string[] = [];
  /** Milliseconds from opening to the first training step; null where nobody waited for it. */
  firstStep: number | null = null;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(message.text());
    });
    context.on('request', (request) => this.requests.push(request.url()));
  }

  /** Opens it and waits for the first step of training. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Visit> {
    const context = await browser.newContext({
      viewport: { width: 1360, height: 950 },
      ...options,
    });
    context.setDefaultTimeout(longest);
    const visit = new Visit(context, await context.newPage());
    const started = performance.now();
    await visit.page.goto(url);
    await visit.until(async () => (await visit.number('figure-steps')) > 0);
    visit.firstStep = performance.now() - started;
    return visit;
  }

  /** Text of the element with an id. */
  async text(id: string): Promise<string> {
    return (await this.page.locator(`#${id}`).textContent()) ?? '';
  }

  /** The number that it begins with. */
  async number(id: string): Promise<number> {
    return Number.parseFloat((await this.text(id)).replaceAll(',', ''));
  }

  /** Waits until something holds. */
  async until(holds: () => Promise<boolean>, what = 'what was waited for'): Promise<void> {
    const last = performance.now() + longest;
    while (!(await holds())) {
      assert(performance.now() < last, `${what} did not come`);
      await this.page.waitForTimeout(30);
    }
  }

  /** Waits for a message, reads it and closes it. */
  async notice(): Promise<string> {
    const notice = this.page.locator('.notice').last();
    await notice.waitFor();
    const text = (await notice.locator('p').textContent()) ?? '';
    await notice.getByRole('button').click();
    return text;
  }

  /** Presses the button that starts and pauses until it says `wanted`. */
  async setTraining(isOn: boolean): Promise<void> {
    const button = this.page.locator('#start');
    const isTraining = async (): Promise<boolean> => (await button.textContent()) === 'Pause';
    if ((await isTraining()) !== isOn) await button.click();
    await this.until(async () => (await isTraining()) === isOn);
  }

  async chooseTask(name: 'Digits' | 'Sounds'): Promise<void> {
    await this.page.getByRole('radio', { name }).check();
    await this.opened();
  }

  async chooseDevice(name: string): Promise<void> {
    await this.page.locator('#device').selectOption(name);
    await this.opened();
  }

  /** Waits until what was chosen is open. */
  async opened(): Promise<void> {
    await this.until(async () => (await this.text('about')).includes('parameters'));
    await this.until(() => this.page.locator('#reset').isEnabled());
  }

  /** The class that stands out among the predictions; null where there is none. */
  async prediction(): Promise<string | null> {
    const best = this.page.locator('#probabilities .is-best span').first();
    return (await best.count()) === 0 ? null : best.textContent();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}
