import { escapeXml } from '@convnet/tensor-core';

import { barChart, type Bar } from '../charts/bars.ts';
import { coloursOf } from '../charts/families.ts';
import {
  intensityOf,
  layerKinds,
  rateOf,
  roofAt,
  roofline,
  type Roof,
  type RooflineLayer,
} from '../charts/roofline.ts';
import { digits, percent, short } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import type { DeviceFigures, Row } from '../report/row.ts';
import { choice, find, followPointer, put } from './controls.ts';

/** What runs inside of the page about the devices of a machine. */

const report = JSON.parse(document.querySelector('#report')!.textContent) as Report;

interface Measured extends Row {
  readonly index: number;
  readonly network: string;
  readonly onDevice: DeviceFigures;
}

const rows = report.rows.flatMap((row, index): Measured[] => {
  const { onDevice, model, dims } = row;
  return onDevice === undefined ? [] : [{ ...row, onDevice, index, network: `${model} ${dims}D` }];
});
const networks = [...new Set(rows.map(({ network }) => network))];
const backends = [...new Set(rows.map(({ backend }) => backend))];
const colours = coloursOf(backends);
const width = 1000;

const chosen = { network: networks.at(-1) ?? '', backend: backends[0] ?? '' };

/** Layers are pointed at by numbers beyond those of rows. */
const layersOfRow = 10_000;

interface Layers {
  readonly roof: Roof;
  readonly layers: readonly RooflineLayer[];
}

/** The layers of the chosen network on the chosen backend. */
function chosenLayers(): Layers | null {
  const row = rows.find(
    ({ network, backend }) => network === chosen.network && backend === chosen.backend,
  );
  const { layers, bandwidth, limitGmacs } = row?.onDevice ?? {};
  if (layers === undefined || bandwidth === undefined || limitGmacs === undefined) return null;
  return {
    roof: { limitGmacs, bandwidth },
    layers: layers.map((layer, i) => ({ ...layer, index: layersOfRow * (row!.index + 1) + i })),
  };
}

function drawRoofline(found: Layers | null): void {
  const size = { width, height: 540 };
  const svg = found === null ? '' : roofline(found.layers, found.roof, size);
  put('#roofline-chart', size.width, size.height, svg, 'Layers under the roof of the device');
  find('#layer-table').innerHTML = found === null ? '' : tableOf(found);
}

function drawBars(): void {
  const some = rows.filter(({ network }) => network === chosen.network);
  const draw = (selector: string, title: string, barOf: (row: Measured) => Partial<Bar>): void => {
    const bars = some.map((row) => {
      const { index, model, backend } = row;
      return { index, name: model, family: backend, backend, value: 0, ...barOf(row) };
    });
    const { svg, height } = barChart(bars, { width, colours, namesBackends: true, title });
    put(selector, width, height, svg, title);
  };
  draw('#latency-chart', 'Milliseconds for one sample, compiled (log scale)', ({ onDevice }) => {
    const { median, interval } = onDevice.inference;
    return interval === undefined ? { value: median } : { value: median, interval };
  });
  draw('#training-chart', 'Milliseconds of a step for each sample (log scale)', ({ onDevice }) => ({
    value: onDevice.trainingMsPerSample,
  }));
}

const inputOf = ({ inputShape }: RooflineLayer): string => inputShape.join('×');

function tableOf({ layers, roof }: Layers): string {
  const body = layers
    .toSorted((a, b) => b.ms * b.count - a.ms * a.count)
    .map((layer) => {
      const { index, path, count, kind, macs, ms } = layer;
      const { name, colour } = layerKinds[kind];
      const cells = [
        name,
        inputOf(layer),
        String(count),
        short(macs),
        digits(intensityOf(layer)),
        digits(ms),
        digits(rateOf(layer)),
        percent(rateOf(layer) / roofAt(intensityOf(layer), roof), 0),
      ];
      return (
        `<tr data-index="${index}"><th scope="row"><i style="background:${colour}"></i>${escapeXml(path)}</th>` +
        `${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`
      );
    });
  const heads = ['layer', 'kind', 'input', 'times', 'MACs', 'MACs/byte', 'ms', 'GMAC/s', 'of roof'];
  return (
    `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>` +
    `<tbody>${body.join('')}</tbody></table>`
  );
}

const tooltip = (colour: string, name: string, about: string, facts: [string, string][]): string =>
  `<strong><i style="background:${colour}"></i>${escapeXml(name)}</strong><span>${escapeXml(about)}</span>` +
  `<dl>${facts.map(([fact, value]) => `<dt>${fact}</dt><dd>${escapeXml(value)}</dd>`).join('')}</dl>`;

function factsOfLayer(layer: RooflineLayer, roof: Roof): string {
  const { path, kind, count, macs, bytes, ms } = layer;
  const roofHere = roofAt(intensityOf(layer), roof);
  return tooltip(layerKinds[kind].colour, path, `${layerKinds[kind].name} · ${inputOf(layer)}`, [
    ['Speed', `${digits(rateOf(layer))} GMAC/s`],
    [
      'Roof here',
      `${digits(roofHere)} GMAC/s, of ${roofHere < roof.limitGmacs ? 'memory' : 'products'}`,
    ],
    ['Share of it', percent(rateOf(layer) / roofHere, 0)],
    ['Time', `${digits(ms)} ms${count > 1 ? `, and ${count} such layers` : ''}`],
    ['MACs', short(macs)],
    ['Bytes', short(bytes)],
  ]);
}

function factsOfRow({ network, backend, threads, onDevice, ms }: Measured): string {
  return tooltip(colours.get(backend)!, network, `${backend}, threads: ${threads}`, [
    ['One sample', `${digits(onDevice.inference.median)} ms`],
    ['Training step', `${digits(ms?.median)} ms`],
    ['Inference', `${digits(onDevice.inferenceGmacs)} GMAC/s`],
    ['Training', `${digits(onDevice.trainingGmacs)} GMAC/s`],
    ['Share of its limit', percent(onDevice.shareOfLimit, 0)],
    ['Memory', `${short(onDevice.memoryBytes)}B`],
  ]);
}

function draw(): void {
  drawRoofline(chosenLayers());
  drawBars();
}

const drawnChoice = (key: keyof typeof chosen, values: readonly string[]): void =>
  choice(
    `#${key}`,
    values.map((value) => [value, value] as const),
    () => chosen[key],
    (value) => {
      chosen[key] = value;
      draw();
    },
  );
drawnChoice('network', networks);
drawnChoice('backend', backends);
followPointer((index) => {
  const found = chosenLayers();
  const layer = found?.layers.find((other) => other.index === index);
  if (layer !== undefined) return factsOfLayer(layer, found!.roof);
  const row = rows.find((other) => other.index === index);
  return row === undefined ? null : factsOfRow(row);
});
draw();
