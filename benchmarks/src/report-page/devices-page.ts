import { escapeXml } from '@convnet/tensor-core';

import { layerKinds } from '../charts/roofline.ts';
import { digits } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import { control, reportDocument, section } from './document.ts';

/** What networks take on the devices of a machine, as one page of HTML: latencies, and each layer under its device's roof. */
export function devicesPage(report: Report): Promise<string> {
  return reportDocument(report, {
    title: 'convnet: devices side by side',
    heading: 'Which backend runs it fastest, and what holds it back?',
    client: 'devices-client.ts',
    content: `<p class="lead">The same small networks on every backend that runs on this machine, in turns. ${escapeXml(report.device)}.</p>
${facts(report)}
<div class="filters">
${control('network', 'network')}
${control('backend', 'backend')}
</div>
${section('Each layer under the roof of its device', 'roofline-chart', 'Convolutions and linear layers alone, forward, with the batch of a training step; least times. Area: the share of their time. The sloping lines are what the device moves in sums of two tensors, of the size that suits it best and of the greatest; the level one is its best matrix product, all measured in the same run. Operations are counted by definition, so a convolution that does with fewer (Winograd) may pass the line.', key())}
${section('Latency', 'latency-chart', 'One sample through the compiled network: medians, and the intervals that they are known within.')}
${section('Training', 'training-chart', 'One sample of a training step: forward, backward and the step of the optimiser.')}
${section('The layers', 'layer-table', '')}`,
  });
}

function facts({ rows }: Report): string {
  const limits = new Map(
    rows.flatMap(({ backend, onDevice }) =>
      onDevice === undefined ? [] : [[backend, onDevice] as const],
    ),
  );
  const list = [...limits].map(
    ([backend, { limitGmacs, bandwidth }]) =>
      `<li><b>${digits(limitGmacs)} GMAC/s</b><span>${escapeXml(backend)}, best product` +
      `${bandwidth === undefined ? '' : `; sums ${digits(bandwidth.best)} GB/s`}</span></li>`,
  );
  return `<ul class="facts">${list.join('')}</ul>`;
}

const key = (): string =>
  `<ul class="key">${Object.values(layerKinds)
    .map(({ name, colour }) => `<li><i style="background:${colour}"></i>${name}</li>`)
    .join('')}</ul>`;
