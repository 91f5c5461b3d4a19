import {
  speedCases,
  type DeviceInfo,
  type DeviceName,
  type Measurement,
  type SpeedCaseId,
  type SpeedEvent,
} from '../engine/api.ts';
import { bar, byId, element } from './dom.ts';
import type { Engine } from './engine-link.ts';
import { notifyError } from './notices.ts';
import { figures, whole } from './numbers.ts';

const ids = Object.keys(speedCases) as SpeedCaseId[];

/** Measures the devices and shows them side by side. */
export class SpeedPanel {
  readonly #engine: Engine;
  readonly #button = byId('measure', HTMLButtonElement);
  readonly #found = new Map<string, Measurement>();
  #devices: readonly DeviceInfo[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#button.addEventListener('click', () => void this.#measure());
    this.#show();
  }

  open(devices: readonly DeviceInfo[]): void {
    this.#devices = devices;
    this.#button.disabled = false;
    byId('missing').replaceChildren(
      ...devices.flatMap(({ title, missing }) =>
        missing === null ? [] : [element('li', {}, element('strong', {}, title), `: ${missing}`)],
      ),
    );
    this.#show();
  }

  add({ device, measurement }: SpeedEvent): void {
    this.#found.set(`${device}/${measurement.id}`, measurement);
    this.#show();
  }

  async #measure(): Promise<void> {
    this.#button.disabled = true;
    this.#button.textContent = 'Measuring …';
    // One after the other: of a device that fails the others still tell.
    for (const { name, title } of this.#available) {
      await this.#engine
        .call('measure', [name])
        .catch((error: unknown) => notifyError(`${title} was not measured`, error));
    }
    this.#button.disabled = false;
    this.#button.textContent = 'Measure again';
  }

  get #available(): readonly DeviceInfo[] {
    return this.#devices.filter(({ missing }) => missing === null);
  }

  #show(): void {
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col' }, 'Device'),
      ...ids.map((id) => {
        const { title, detail } = speedCases[id];
        return element('th', { scope: 'col' }, title, element('span', { class: 'small' }, detail));
      }),
    );
    const rows = this.#available.map(({ name, title }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, title),
        ...ids.map((id) => this.#cell(name, id)),
      ),
    );
    byId('speeds').replaceChildren(element('thead', {}, head), element('tbody', {}, ...rows));
  }

  #cell(device: DeviceName, id: SpeedCaseId): HTMLTableCellElement {
    const found = this.#found.get(`${device}/${id}`);
    if (found === undefined) return element('td', { class: 'soft' }, '–');
    const { milliseconds, samplesPerSecond } = found;
    if (milliseconds === null) return element('td', { class: 'soft' }, '…');
    const fastest = Math.max(
      ...this.#devices.map(({ name }) => this.#found.get(`${name}/${id}`)?.samplesPerSecond ?? 0),
    );
    return element(
      'td',
      {},
      `${figures(milliseconds)} ms`,
      element('span', { class: 'small' }, `${whole(samplesPerSecond!)} samples a second`),
      bar(samplesPerSecond! / fastest),
    );
  }
}
